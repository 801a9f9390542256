/** Listeners and their filter chains: by what a connection is served on each port. */
import { isDeepStrictEqual } from "node:util";
import type { FilterChainEntry, RouteTableEntry, TlsTermination } from "../../tables/entries";
import type { Origin } from "../../tables/origin";
import { guarded, type CompilerContext } from "../context/context";
import { placeText } from "../context/place";
import { whyFirst } from "../context/precedence";
import type { Family, Lookup, Value } from "../graph/graph";
import { OPEN, type AccessEntries, type AdmissionFields } from "./access";
import type { UsedCredentials } from "./used-credentials";
import type { PlannedServer } from "./model/servers";
import type { RuleSource, Sources } from "./model/sources";
import { originOf } from "./origin";
import { CLOSED, PortDraft, type BuiltPort, type SharedTable } from "./port-draft";
import type { PlannedPort, PortPlan } from "./port-plan";
import type { TcpRoutes } from "./tcp-routes";
import { terminationOf } from "./tls-servers";

/** What a server that terminates TLS comes to, but for the names that others have taken, and its certificates. */
interface Terminated {
    readonly names: readonly string[];
    readonly target: FilterChainEntry["target"];
    readonly origin: Origin;
}

type Ports = ReadonlyMap<string, PlannedPort>;

const PASSTHROUGH = { mode: "PASSTHROUGH" } as const;

export class ListenerBuilder {
    readonly #context: CompilerContext;
    readonly #tcpRoutes: TcpRoutes;
    readonly #rules: RuleSource;
    readonly #access: AccessEntries;
    readonly #options: Sources["gatewayOptions"];
    readonly #terminated: Family<PlannedServer, Terminated | undefined>;
    readonly #terminations: Family<PlannedServer, TlsTermination | undefined>;
    readonly #ports: Lookup<Ports, string, PlannedPort | undefined>;
    readonly #keys: Value<Ports>;
    readonly #built: Family<string, BuiltPort>;
    /** Of servers that have a table of their own. */
    readonly #ownTables = new WeakMap<PlannedServer, SharedTable>();

    constructor(
        context: CompilerContext,
        plan: Value<PortPlan>,
        credentials: UsedCredentials,
        tcpRoutes: TcpRoutes,
        rules: RuleSource,
        access: AccessEntries,
        options: Sources["gatewayOptions"],
    ) {
        const { graph } = context;
        this.#options = options;
        this.#context = context;
        this.#tcpRoutes = tcpRoutes;
        this.#rules = rules;
        this.#access = access;
        this.#terminated = graph.family((server) => this.#terminate(server));
        this.#terminations = graph.family(
            (server) => server.tls && terminationOf(context, credentials, server, server.tls),
            isDeepStrictEqual,
        );
        this.#keys = graph.value(() => new Map(plan.get().map((port) => [port.key, port])));
        this.#ports = graph.lookup(this.#keys, (ports, key) => ports.get(key));
        this.#built = graph.family((key, previous) => this.#buildPort(key, previous ?? CLOSED));
    }

    /** All ports, by address. */
    build(): BuiltPort[] {
        return [...this.#keys.get().keys()].map((key) => this.#built.get(key));
    }

    #buildPort(key: string, previous: BuiltPort): BuiltPort {
        const port = this.#ports.get(key);
        const [first] = port?.servers ?? [];
        if (port === undefined || first === undefined) return CLOSED;
        const draft = new PortDraft(port, previous);
        if (port.kind === "http") this.#addPlaintext(draft, port, first);
        for (const server of port.kind === "http" ? [] : port.servers) {
            guarded(this.#context, server.subject, server.field, undefined, () => this.#addServer(draft, server));
        }
        return draft.built(first, this.#context.settings, this.#options.get());
    }

    #addServer(draft: PortDraft, server: PlannedServer): void {
        switch (server.kind) {
            case "tcp":
                this.#addTcp(draft, server);
                break;
            case "passthrough":
                this.#addPassthrough(draft, server);
                break;
            case "https":
            case "terminated-tcp":
                this.#addTerminated(draft, server);
                break;
            case "http":
                break;
            default:
                server.kind satisfies never;
        }
    }

    #addPlaintext(draft: PortDraft, { servers, targetPort, bound, bind }: PlannedPort, first: PlannedServer): void {
        const admission = this.#access.fieldsOf(this.#access.shared(servers) ?? OPEN);
        const table = tableOf(first.routeTable || `http.${targetPort}${bound ? `.${bind}` : ""}`, first, admission);
        draft.addChain("http", {
            serverNames: [],
            target: { kind: "http", routeTable: table.key },
            origin: originOf(first.subject, first.field),
        });
        draft.addTable({ table, servers });
    }

    #addTcp(draft: PortDraft, server: PlannedServer): void {
        const route = this.#tcpRoutes.tcpRoute(server);
        if (route === undefined) this.#reportNoRoute(server, "tcp");
        else
            draft.addChain("tcp", {
                serverNames: [],
                target: { kind: "tcp", route },
                origin: originOf(server.subject, server.field),
                ...this.#admission(server),
            });
    }

    #admission(server: PlannedServer): AdmissionFields {
        return this.#access.fieldsOf(this.#access.of(server));
    }

    #terminate(server: PlannedServer): Terminated | undefined {
        if (server.tls === undefined) return undefined;
        const route = server.kind === "terminated-tcp" ? this.#tcpRoutes.tcpRoute(server) : undefined;
        if (server.kind === "terminated-tcp" && route === undefined) {
            this.#reportNoRoute(server, "tcp");
            return undefined;
        }
        const target: FilterChainEntry["target"] = route ? { kind: "tcp", route } : { kind: "http", routeTable: server.routeTable };
        return {
            names: [...new Set(server.hosts.map(({ host }) => host))],
            target,
            origin: originOf(server.subject, server.field),
        };
    }

    #addTerminated(draft: PortDraft, server: PlannedServer): void {
        const made = this.#terminated.get(server);
        if (made === undefined) return;
        const free = draft.takeNames(made.names, server, (name, winner) =>
            this.#context.report.add(
                "GH0412",
                server.subject,
                server.field,
                `${name} on port ${server.port} is already routed by ${placeText(winner)}, which ${whyFirst(winner, server)}; here it is skipped.`,
            ),
        );
        if (free.length === 0) return;
        const admission = this.#admission(server);
        draft.addChain(`${server.owner} ${server.portName}`, {
            ...made,
            ...(made.target.kind === "tcp" ? admission : {}),
            serverNames: free,
            tls: this.#terminations.get(server),
        });
        if (made.target.kind === "http") draft.addTable(this.#ownTable(server, admission));
    }

    /** The one from before where who may pass is the same. */
    #ownTable(server: PlannedServer, admission: AdmissionFields): SharedTable {
        const known = this.#ownTables.get(server);
        if (known !== undefined && known.table.access === admission.access && known.table.refusal === admission.refusal) return known;
        const shared = { table: tableOf(server.routeTable, server, admission), servers: [server] };
        this.#ownTables.set(server, shared);
        return shared;
    }

    #addPassthrough(draft: PortDraft, server: PlannedServer): void {
        const routes = this.#tcpRoutes.sniRoutes(server);
        if (routes.length === 0) this.#reportNoRoute(server, "tls");
        for (const route of routes) {
            const { subject, field, key } = route;
            const free = draft.takeNames(route.serverNames, route, (name, winner) =>
                this.#context.report.add(
                    "GH0445",
                    subject,
                    `${field}.sniHosts`,
                    `${name} on port ${server.port} is already routed by ${placeText(winner)}, which ${whyFirst(winner, route)}; here it is skipped.`,
                ),
            );
            if (free.length === 0) continue;
            draft.addChain(`${server.owner} ${server.portName} ${key} ${field}`, {
                serverNames: free,
                tls: PASSTHROUGH,
                target: route.target,
                origin: route.origin,
                ...this.#admission(server),
            });
        }
    }

    #reportNoRoute(server: PlannedServer, kind: "tcp" | "tls"): void {
        const isBound = this.#rules.boundTo(server).length > 0;
        this.#context.report.add(
            "GH0414",
            server.subject,
            server.field,
            `No ${kind} rule of a VirtualService applies to port ${server.port}, so that no connection is accepted for this server.`,
            isBound && kind === "tls" ? "Behind PASSTHROUGH only tls rules apply." : "",
        );
    }
}

/** As istiod's `block_all` answers, which also stands for what no host is named for. */
const ASKED_BY_CLIENTS = { absoluteOnly: false, refusal: 502 } as const;
const FORWARD_PROXY = { absoluteOnly: true, refusal: 403 } as const;

function tableOf(key: string, server: PlannedServer, admission: AdmissionFields): RouteTableEntry {
    return {
        key,
        port: server.port,
        ...(server.speaksGrpcWeb ? { grpcWeb: true } : {}),
        ...(server.capture === "proxy" ? { proxy: ASKED_BY_CLIENTS } : {}),
        ...(server.isForwardProxy === true ? { proxy: FORWARD_PROXY } : {}),
        ...admission,
        origin: originOf(server.subject, server.field),
    };
}
