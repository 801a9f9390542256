/** A listener with filter chains over real sockets, without processes: what the TLS and listener tests play on. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import type { Finding } from "../../istio/findings";
import { Acceptor, Connections, Deadlines, type ServeHttp } from "../../proxy/listeners";
import { chainFor, prepareSnapshot, findingsOf, type FilterChain, type Snapshot } from "../../proxy/snapshot";
import {
    applyDelta,
    diffTables,
    emptyTables,
    type AccessEntry,
    type AuthorizationPolicyEntry,
    type ExternalProviderEntry,
    type FilterChainEntry,
    type ListenerEntry,
    type SecretEntry,
    type Tables,
    type TlsTermination,
    type VirtualHostEntry,
} from "../../proxy/tables";
import type { ConnectTcp } from "../../proxy/tcp";
import type { ConnectionRecord, OpenedConnection } from "../../proxy/telemetry";
import { createUpstreamServices } from "../../proxy/upstream";
import type { ChainContext } from "../../proxy/tls";
import type { TestCertificate } from "./certificates";

export const ORIGIN = { group: "networking.istio.io", kind: "Gateway", namespace: "ingress", name: "public", field: "spec.servers[0]" };

export function listenerEntry(kind: ListenerEntry["kind"], key = "0.0.0.0:443"): ListenerEntry {
    return { key, bind: "0.0.0.0", port: Number(key.split(":")[1]), targetPort: 0, kind, origin: ORIGIN };
}
export function secretEntry(key: string, pair: Partial<TestCertificate>, ca = ""): SecretEntry {
    const certificate = pair.cert ?? "";
    const privateKey = pair.key ?? "";
    return {
        key,
        certificate,
        privateKey,
        ca,
        fingerprint: createHash("sha256")
            .update(certificate + privateKey + ca)
            .digest("hex"),
        origin: ORIGIN,
    };
}
export function terminated(secrets: string | string[], more: Partial<TlsTermination> = {}): TlsTermination {
    return {
        mode: "SIMPLE",
        secrets: [secrets].flat(),
        minVersion: "TLSv1.2",
        maxVersion: "TLSv1.3",
        cipherSuites: [],
        alpn: ["h2", "http/1.1"],
        subjectAltNames: [],
        insecureSkipVerify: false,
        ...more,
    };
}
export function httpChain(key: string, serverNames: string[], chain?: TlsTermination, listener = "0.0.0.0:443"): FilterChainEntry {
    return {
        key,
        listener,
        serverNames,
        ...(chain ? { tls: chain } : {}),
        target: { kind: "http", routeTable: `table ${key}` },
        origin: ORIGIN,
    };
}
export function tcpChain(key: string, serverNames: string[], chain?: FilterChainEntry["tls"], listener = "0.0.0.0:443"): FilterChainEntry {
    return {
        key,
        listener,
        serverNames,
        ...(chain ? { tls: chain } : {}),
        target: { kind: "tcp", route: { clusters: [{ cluster: key, weight: 1 }], origin: ORIGIN } },
        origin: ORIGIN,
    };
}

export interface FrontEntries {
    readonly listeners?: readonly ListenerEntry[];
    readonly chains?: readonly FilterChainEntry[];
    readonly secrets?: readonly SecretEntry[];
    readonly access?: readonly AccessEntry[];
    readonly authorizations?: readonly AuthorizationPolicyEntry[];
    readonly providers?: readonly ExternalProviderEntry[];
    readonly virtualHosts?: readonly VirtualHostEntry[];
}

function tablesOf(entries: FrontEntries): Tables {
    const byKey = <T extends { readonly key: string }>(list: readonly T[] = []) => new Map(list.map((entry) => [entry.key, entry]));
    return {
        ...emptyTables(),
        listeners: byKey(entries.listeners),
        chains: byKey(entries.chains),
        secrets: byKey(entries.secrets),
        access: byKey(entries.access),
        authorizations: byKey(entries.authorizations),
        providers: byKey(entries.providers),
        virtualHosts: byKey(entries.virtualHosts),
    };
}

export class Front {
    readonly records: ConnectionRecord[] = [];
    /** TCP connections that have not ended. */
    readonly opened = new Set<OpenedConnection>();
    readonly refused: string[] = [];
    /** What came of the PROXY protocol's headers. */
    readonly headers: string[] = [];
    readonly unusable: string[] = [];
    readonly connections = new Connections();
    readonly tickets = { keys: randomBytes(48) };
    readonly acceptor: Acceptor;
    readonly #upstream = createUpstreamServices();
    readonly #tls: ChainContext;
    readonly #drainMs: number;
    #snapshot: Snapshot | undefined;
    port = 0;
    readonly #server: net.Server;
    readonly #clients: net.Socket[] = [];
    #tables: Tables | undefined;
    #version = 0;

    constructor(
        options: {
            readonly connectTcp?: ConnectTcp;
            readonly handshakeMs?: number;
            readonly drainMs?: number;
            readonly serveHttp?: ServeHttp;
            readonly httpAlpn?: readonly string[];
        } = {},
    ) {
        this.#drainMs = options.drainMs ?? 45_000;
        this.acceptor = new Acceptor({
            drainMs: () => this.#drainMs,
            snapshot: () => this.#snapshot!,
            connections: this.connections,
            deadlines: new Deadlines(options.handshakeMs ?? 15_000),
            connectTcp:
                options.connectTcp ??
                ((_cluster, _options, done) => {
                    done({ kind: "failed", flag: "UH", endpoint: "", detail: "" });
                    return () => {};
                }),
            observers: [
                {
                    tcpOpened: (opened) => void this.opened.add(opened),
                    tcpClosed: (record, opened) => {
                        assert.ok(this.opened.delete(opened), "one start, then one end");
                        this.records.push(record);
                    },
                    connectionRefused: (record) => this.records.push(record),
                    proxyHeader: (_listener, outcome) => this.headers.push(outcome),
                    handshakeRefused: (_listener, serverName, reason) => this.refused.push(`${serverName}: ${reason}`),
                },
            ],
            onUnusableChain: (chain, reason) => this.unusable.push(`${chain}: ${reason}`),
            serveHttp: options.serveHttp ?? tellOfConnection,
        });
        this.#tls = { tickets: this.tickets, events: this.acceptor, ...(options.httpAlpn ? { httpAlpn: options.httpAlpn } : {}) };
        this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (raw) => {
            const key = [...this.#tables!.listeners.keys()][0]!;
            this.acceptor.accept(key, raw);
        });
    }

    async start(entries: FrontEntries): Promise<this> {
        this.apply(entries);
        this.#server.listen(0, "127.0.0.1");
        await once(this.#server, "listening");
        this.port = (this.#server.address() as net.AddressInfo).port;
        return this;
    }

    /** Binds what would change to exactly this, and takes it up when what is returned is called. */
    prepare(entries: FrontEntries): () => void {
        const delta = diffTables(this.#tables, tablesOf(entries), this.#version + 1);
        const { snapshot, commit } = prepareSnapshot(this.#snapshot, delta, this.#upstream, this.#tls);
        return () => {
            commit();
            this.#version = delta.version;
            this.#tables = applyDelta(this.#tables ?? emptyTables(), delta);
            this.#snapshot = snapshot;
            this.connections.review(snapshot, this.#drainMs);
        };
    }

    /** Changes what is served to exactly this. */
    apply(entries: FrontEntries): void {
        this.prepare(entries)();
    }

    get snapshot(): Snapshot {
        return this.#snapshot!;
    }

    /** What could not be bound, of all that is in force now. */
    findings(): readonly Finding[] {
        return findingsOf(this.#snapshot!);
    }

    chain(serverName: string, listener = "0.0.0.0:443"): FilterChain | undefined {
        return chainFor(this.#snapshot!, listener, serverName);
    }

    renewTickets(): void {
        for (const { tls: bound } of this.#snapshot!.chains.values()) bound?.server?.renewTickets();
    }

    connect(): net.Socket {
        const socket = net.connect({ port: this.port, host: "127.0.0.1" });
        this.#clients.push(socket.on("error", () => {}));
        return socket;
    }

    /** A TLS client; `undefined` as the name sends none. */
    tls(servername: string | undefined, options: tls.ConnectionOptions = {}): tls.TLSSocket {
        const socket = tls.connect({
            port: this.port,
            host: "127.0.0.1",
            rejectUnauthorized: false,
            ...(servername ? { servername } : {}),
            ...options,
        });
        this.#clients.push(socket.on("error", () => {}));
        return socket;
    }

    close(): void {
        this.#server.close();
        for (const client of this.#clients) client.destroy();
        void this.connections.drain(0);
    }
}

/** Answers every read with what is known of the connection. */
const tellOfConnection: ServeHttp = (socket, info) => {
    socket.on("end", () => socket.end());
    socket.on("data", () =>
        socket.write(`${JSON.stringify({ ...info, reused: socket instanceof tls.TLSSocket && socket.isSessionReused() })}\n`),
    );
    // It may be paused, with bytes that were read already.
    socket.resume();
    return { drain: () => void socket.end(), destroy: () => void socket.destroy() };
};

export interface Seen {
    readonly chain: string;
    readonly routeTable: string;
    readonly serverName: string;
    readonly scheme: string;
    readonly remotePort: number;
    readonly remoteAddress: string;
    readonly localAddress: string;
    readonly localPort: number;
    readonly direct?: { readonly remoteAddress: string };
    readonly forwardedClientCert: string;
    readonly reused: boolean;
}

/** What the front says of the connection; an error's code when it is refused. */
export async function ask(socket: net.Socket): Promise<Seen | string> {
    return new Promise((resolve) => {
        let text = "";
        const onData = (chunk: Buffer) => {
            text += chunk.toString();
            if (!text.endsWith("\n")) return;
            socket.off("data", onData);
            resolve(JSON.parse(text) as Seen);
        };
        socket.on("data", onData);
        socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        socket.on("close", () => resolve("closed"));
        socket.write("?");
    });
}

/** The common name of the certificate that a name is answered with. */
export async function certificateFor(front: Front, servername: string | undefined, options: tls.ConnectionOptions = {}): Promise<string> {
    const socket = front.tls(servername, options);
    return new Promise((resolve) => {
        socket.once("secureConnect", () => {
            resolve(String(socket.getPeerCertificate().subject.CN));
            socket.destroy();
        });
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        socket.once("close", () => resolve("closed"));
    });
}
