/** Listeners and their filter chains: by what a connection is served on each port. */
import { isDeepStrictEqual } from "node:util";
import type { FilterChainEntry, ListenerEntry, Origin, RefusalEntry, RouteTableEntry, TlsTermination } from "../../tables/entries";
import { guarded, type Context } from "../context/context";
import { placeText } from "../context/place";
import type { Family, Lookup, Value } from "../graph/graph";
import { sameList, sameOr } from "../graph/lists";
import type { Credentials } from "./credentials";
import type { PlannedServer } from "./model/servers";
import type { RefusalOf, RuleSource } from "./model/sources";
import { originOf } from "./origin";
import type { PlannedPort, PortPlan } from "./port-plan";
import { refusalEntry, sharedRefusal } from "./refusals";
import type { SniRoute, TcpRoutes } from "./tcp-routes";
import { terminationOf } from "./tls-servers";

/** A route table, with the servers that share it. */
export interface SharedTable {
    readonly table: RouteTableEntry;
    readonly servers: readonly PlannedServer[];
}

export interface BuiltPort {
    /** Absent: nothing could be served on the port, so that it stays closed. */
    readonly listener?: ListenerEntry;
    readonly chains: readonly FilterChainEntry[];
    readonly tables: readonly SharedTable[];
}

/** What a server that terminates TLS comes to, but for the names that others have taken, and its certificates. */
interface Terminated {
    readonly names: readonly string[];
    readonly target: FilterChainEntry["target"];
    readonly origin: Origin;
    readonly refusal?: RefusalEntry;
    /** Where it serves HTTP. */
    readonly table: SharedTable | undefined;
}

/** Who has taken a name: a server, or a rule. */
type Owner = PlannedServer | SniRoute;

type Ports = ReadonlyMap<string, PlannedPort>;

/** One port while it is built. */
interface Draft {
    readonly port: PlannedPort;
    /** What there was before, by key. */
    readonly before: { readonly chains: ReadonlyMap<string, FilterChainEntry>; readonly tables: ReadonlyMap<string, RouteTableEntry> };
    readonly takenNames: Map<string, Owner>;
    /** By key: of two servers of one name the later counts. */
    readonly chains: Map<string, FilterChainEntry>;
    readonly tables: SharedTable[];
}

const PASSTHROUGH = { mode: "PASSTHROUGH" } as const;
const CLOSED: BuiltPort = { chains: [], tables: [] };

export class ListenerBuilder {
    private readonly context: Context;
    private readonly tcpRoutes: TcpRoutes;
    private readonly rules: RuleSource;
    private readonly refusalOf: RefusalOf;
    private readonly terminated: Family<PlannedServer, Terminated | undefined>;
    private readonly terminations: Family<PlannedServer, TlsTermination | undefined>;
    private readonly ports: Lookup<Ports, string, PlannedPort | undefined>;
    private readonly keys: Value<Ports>;
    private readonly built: Family<string, BuiltPort>;

    constructor(
        context: Context,
        plan: Value<PortPlan>,
        credentials: Credentials,
        tcpRoutes: TcpRoutes,
        rules: RuleSource,
        refusalOf: RefusalOf,
    ) {
        const { graph } = context;
        this.context = context;
        this.tcpRoutes = tcpRoutes;
        this.rules = rules;
        this.refusalOf = refusalOf;
        this.terminated = graph.family((server) => this.terminate(server));
        this.terminations = graph.family(
            (server) => server.tls && terminationOf(context, credentials, server, server.tls),
            isDeepStrictEqual,
        );
        this.keys = graph.value(() => new Map(plan.get().map((port) => [port.key, port])));
        this.ports = graph.lookup(this.keys, (ports, key) => ports.get(key));
        this.built = graph.family((key, previous) => this.buildPort(key, previous ?? CLOSED));
    }

    /** All ports, by address. */
    build(): BuiltPort[] {
        return [...this.keys.get().keys()].map((key) => this.built.get(key));
    }

    private buildPort(key: string, previous: BuiltPort): BuiltPort {
        const port = this.ports.get(key);
        const [first] = port?.servers ?? [];
        if (port === undefined || first === undefined) return CLOSED;
        const before = { chains: byKey(previous.chains), tables: byKey(previous.tables.map(({ table }) => table)) };
        const draft: Draft = { port, before, takenNames: new Map(), chains: new Map(), tables: [] };
        if (port.kind === "http") plaintextHttp(draft, first, this.refusalOf);
        for (const server of port.kind === "http" ? [] : port.servers) {
            guarded(this.context, server.subject, server.field, undefined, () => this.addServer(draft, server));
        }
        if (draft.chains.size === 0) return CLOSED;
        const { bind, port: declared, targetPort, kind } = port;
        const listener: ListenerEntry = {
            key,
            bind,
            port: declared,
            targetPort,
            kind,
            origin: originOf(first.subject, `${first.field}.port`),
        };
        return { listener: sameOr(previous.listener, listener), chains: [...draft.chains.values()], tables: draft.tables };
    }

    private addServer(draft: Draft, server: PlannedServer): void {
        switch (server.kind) {
            case "tcp":
                this.addTcp(draft, server);
                break;
            case "passthrough":
                this.addPassthrough(draft, server);
                break;
            case "https":
            case "terminated-tcp":
                this.addTerminated(draft, server);
                break;
            case "http":
                break;
            default:
                server.kind satisfies never;
        }
    }

    private addTcp(draft: Draft, server: PlannedServer): void {
        const route = this.tcpRoutes.tcpRoute(server);
        if (route === undefined) this.reportNoRoute(server, "tcp");
        else
            addChain(draft, "tcp", {
                serverNames: [],
                target: { kind: "tcp", route },
                origin: originOf(server.subject, server.field),
                ...this.refused(server),
            });
    }

    private refused(server: PlannedServer): Pick<FilterChainEntry, "refusal"> {
        const refusal = this.refusalOf(server);
        return refusal ? { refusal: refusalEntry(refusal) } : {};
    }

    private terminate(server: PlannedServer): Terminated | undefined {
        if (server.tls === undefined) return undefined;
        const route = server.kind === "terminated-tcp" ? this.tcpRoutes.tcpRoute(server) : undefined;
        if (server.kind === "terminated-tcp" && route === undefined) {
            this.reportNoRoute(server, "tcp");
            return undefined;
        }
        const table = route ? undefined : tableOf(httpsTableName(server), server, this.refused(server));
        const target: FilterChainEntry["target"] = route ? { kind: "tcp", route } : { kind: "http", routeTable: httpsTableName(server) };
        return {
            names: [...new Set(server.hosts.map(({ host }) => host))],
            target,
            origin: originOf(server.subject, server.field),
            ...(route ? this.refused(server) : {}),
            table: table && { table, servers: [server] },
        };
    }

    private addTerminated(draft: Draft, server: PlannedServer): void {
        const made = this.terminated.get(server);
        if (made === undefined) return;
        const free = takeNames(draft, made.names, server, (name, winner) =>
            this.context.report.add(
                "GH0412",
                server.subject,
                server.field,
                `${name} on port ${server.port} is already routed by ${placeText(winner)}; here it is skipped.`,
            ),
        );
        if (free.length === 0) return;
        addChain(draft, `${server.subject.id} ${server.portName}`, {
            ...made,
            serverNames: free,
            tls: this.terminations.get(server),
        });
        if (made.table) addTable(draft, made.table);
    }

    private addPassthrough(draft: Draft, server: PlannedServer): void {
        const routes = this.tcpRoutes.sniRoutes(server);
        if (routes.length === 0) this.reportNoRoute(server, "tls");
        for (const route of routes) {
            const { subject, field } = route;
            const free = takeNames(draft, route.serverNames, route, (name, winner) =>
                this.context.report.add(
                    "GH0445",
                    subject,
                    `${field}.sniHosts`,
                    `${name} on port ${server.port} is already routed by ${placeText(winner)}, which comes first; here it is skipped.`,
                ),
            );
            if (free.length === 0) continue;
            addChain(draft, `${server.subject.id} ${server.portName} ${subject.id} ${field}`, {
                serverNames: free,
                tls: PASSTHROUGH,
                target: route.target,
                origin: route.origin,
                ...this.refused(server),
            });
        }
    }

    private reportNoRoute(server: PlannedServer, kind: "tcp" | "tls"): void {
        const isBound = this.rules.boundTo(server).length > 0;
        this.context.report.add(
            "GH0414",
            server.subject,
            server.field,
            `No ${kind} rule of a VirtualService applies to port ${server.port}, so that no connection is accepted for this server.`,
            isBound && kind === "tls" ? "Behind PASSTHROUGH only tls rules apply." : "",
        );
    }
}

function plaintextHttp(draft: Draft, first: PlannedServer, refusalOf: RefusalOf): void {
    const { port } = draft;
    const refusal = sharedRefusal(port.servers, refusalOf);
    const table = tableOf(`http.${port.targetPort}${port.bound ? `.${port.bind}` : ""}`, first, refusal ? { refusal } : {});
    addChain(draft, "http", {
        serverNames: [],
        target: { kind: "http", routeTable: table.key },
        origin: originOf(first.subject, first.field),
    });
    addTable(draft, { table, servers: port.servers });
}

function addTable({ before, tables }: Draft, shared: SharedTable): void {
    const table = sameOr(before.tables.get(shared.table.key), shared.table);
    tables.push(table === shared.table ? shared : { ...shared, table });
}

function byKey<E extends { readonly key: string }>(entries: readonly E[]): ReadonlyMap<string, E> {
    return new Map(entries.map((entry) => [entry.key, entry]));
}

/** The names that are still free on the port, which are then taken. */
function takeNames(
    { takenNames }: Draft,
    names: readonly string[],
    owner: Owner,
    lost: (name: string, winner: Owner) => void,
): readonly string[] {
    const free = names.filter((name) => {
        const winner = takenNames.get(name);
        if (winner === undefined) takenNames.set(name, owner);
        else lost(name, winner);
        return winner === undefined;
    });
    return free.length === names.length ? names : free;
}

/** The chain from before where nothing of it changed. */
function addChain(
    { port, before, chains }: Draft,
    name: string,
    made: Pick<FilterChainEntry, "serverNames" | "tls" | "target" | "origin" | "refusal">,
): void {
    const key = `${port.key} ${name}`;
    const { tls, target, origin, refusal } = made;
    // A server for any host also takes clients that name none.
    const serverNames = made.serverNames.includes("*") ? [] : made.serverNames;
    const present = before.chains.get(key);
    const isSame =
        present?.tls === tls &&
        present?.target === target &&
        present.origin === origin &&
        present.refusal === refusal &&
        sameList(present.serverNames, serverNames);
    chains.set(
        key,
        isSame
            ? present
            : sameOr(present, {
                  key,
                  listener: port.key,
                  serverNames,
                  ...(tls ? { tls } : {}),
                  target,
                  ...(refusal ? { refusal } : {}),
                  origin,
              }),
    );
}

/** Each HTTPS server has a route table of its own: its hosts are not to be reached on connections of another one. */
function httpsTableName({ subject: { ref }, port, portName, bind }: PlannedServer): string {
    return `https.${port}.${portName}.${ref.name}.${ref.namespace}${bind === "" ? "" : `.${bind}`}`;
}

function tableOf(key: string, server: PlannedServer, refused: Pick<RouteTableEntry, "refusal">): RouteTableEntry {
    return { key, port: server.port, ...refused, origin: originOf(server.subject, server.field) };
}
