/** A proxy with real worker processes whose tables a test sets directly, without resources. */
import pino from "pino";
import { Writable } from "node:stream";
import type { ProxyOptions, RunningProxy } from "../../proxy";
import { runProxy } from "../../proxy";
import type { PrimaryRooms } from "../../proxy/processes/primary";
import {
    emptyTables,
    type ClusterEntry,
    type EndpointsEntry,
    type FilterChainEntry,
    type ListenerEntry,
    type RouteTableEntry,
    type SecretEntry,
    type Tables,
    type VirtualHostEntry,
} from "../../proxy/tables";
import { ORIGIN } from "./front";

export type RigEntries = {
    readonly listeners?: readonly ListenerEntry[];
    readonly chains?: readonly FilterChainEntry[];
    readonly secrets?: readonly SecretEntry[];
    readonly routeTables?: readonly RouteTableEntry[];
    readonly virtualHosts?: readonly VirtualHostEntry[];
    readonly clusters?: readonly ClusterEntry[];
    readonly endpoints?: readonly EndpointsEntry[];
};

export function tablesOf(entries: RigEntries): Tables {
    const byKey = <T extends { readonly key: string }>(list: readonly T[] = []) => new Map(list.map((entry) => [entry.key, entry]));
    return {
        ...emptyTables(),
        listeners: byKey(entries.listeners),
        chains: byKey(entries.chains),
        secrets: byKey(entries.secrets),
        routeTables: byKey(entries.routeTables),
        virtualHosts: byKey(entries.virtualHosts),
        clusters: byKey(entries.clusters),
        endpoints: byKey(entries.endpoints),
    };
}

/** A virtual host that answers with a text. */
export function says(routeTable: string, domain: string, text: string): VirtualHostEntry {
    return {
        key: `${routeTable} ${domain}`,
        routeTable,
        domain,
        httpsRedirect: false,
        origin: ORIGIN,
        routes: [{ name: "default", action: { kind: "direct", status: 200, body: Buffer.from(text).toString("base64") }, origin: ORIGIN }],
    };
}

export function clusterTo(key: string, port: number): { clusters: ClusterEntry[]; endpoints: EndpointsEntry[] } {
    return {
        clusters: [
            {
                key,
                lb: "LEAST_REQUEST",
                protocol: "tcp",
                connectTimeoutMs: 2000,
                idleTimeoutMs: 3_600_000,
                maxRequestsPerConnection: 0,
                maxConnections: 2 ** 32 - 1,
                maxPendingRequests: 2 ** 32 - 1,
                maxRequests: 2 ** 32 - 1,
                discovery: "static",
                origin: ORIGIN,
            },
        ],
        endpoints: [{ key, endpoints: [{ address: "127.0.0.1", port, weight: 1 }] }],
    };
}

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export class ProxyRig {
    readonly log: LogLine[] = [];
    proxy!: RunningProxy;
    #tables: Tables = emptyTables();
    #push: (() => void) | undefined;

    /** Resolves when the proxy runs; `proxy.ready` tells the rest. */
    async start(worker: string, entries: RigEntries | undefined, options: Partial<ProxyOptions> = {}): Promise<this> {
        const rooms: PrimaryRooms = {
            startSource: async (_source, onChange) => {
                this.#push = () => onChange({ objects: [], files: new Map(), findings: [] });
                if (entries) this.set(entries);
                return { state: { objects: [], files: new Map(), findings: [] }, refresh: async () => {}, stop: () => {} };
            },
            compile: () => ({ tables: this.#tables, findings: [], keySources: [] }),
        };
        const sink = new Writable({
            write: (chunk: Buffer, _encoding, done) => {
                this.log.push(JSON.parse(chunk.toString()) as LogLine);
                done();
            },
        });
        this.proxy = await runProxy(
            {
                source: { kind: "directory", dir: "unused" },
                namespace: "ns",
                bind: "127.0.0.1",
                portOffset: 0,
                concurrency: 1,
                admin: "127.0.0.1:0",
                status: "127.0.0.1:0",
                drainSeconds: 0,
                signals: false,
                worker: { file: worker, args: [], execArgv: [] },
                log: pino({ base: null }, sink),
                ...options,
            },
            rooms,
        );
        return this;
    }

    /** Changes what is served to exactly this. */
    set(entries: RigEntries): void {
        this.#tables = tablesOf(entries);
        this.#push!();
    }

    /** Changes single entries and lets all others be the same objects. */
    setTables(tables: Tables): void {
        this.#tables = tables;
        this.#push!();
    }

    get tables(): Tables {
        return this.#tables;
    }

    port(listener: string): number {
        const found = this.proxy.listeners().find((one) => one.key === listener);
        if (!found) throw new Error(`${listener} is not open`);
        return found.port;
    }

    async admin(path: string): Promise<unknown> {
        return (await fetch(`http://${this.proxy.adminAddress}${path}`)).json();
    }

    async status(path: string): Promise<number> {
        return (await fetch(`http://${this.proxy.statusAddress}${path}`)).status;
    }

    async workers(): Promise<{ number: number; pid: number; restarts: number; version: number; inSync: boolean }[]> {
        return (await this.admin("/workers")) as { number: number; pid: number; restarts: number; version: number; inSync: boolean }[];
    }

    async stop(): Promise<void> {
        await this.proxy?.drain({ delayMs: 0, drainMs: 0 });
    }
}
