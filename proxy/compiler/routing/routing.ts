/** From sources to tables: what is served on which ports, what is routed there, and the backends that it leads to. */
import { isDeepStrictEqual } from "node:util";
import { TABLE_NAMES } from "../../tables/diff";
import type { AccessEntry, AuthorizationPolicyEntry, ExternalProviderEntry, KeySource } from "../../tables/access";
import type { AccessLogEntry } from "../../tables/access-logs";
import type { EdgeEntry } from "../../tables/edge";
import type {
    FilterChainEntry,
    ListenerEntry,
    RouteTableEntry,
    TableEntries,
    TableName,
    Tables,
    VirtualHostEntry,
} from "../../tables/entries";
import type { MetricsEntry } from "../../tables/metrics";
import { PatchedMap } from "../../tables/patched-map";
import type { RedirectMapEntry } from "../../tables/redirects";
import type { TracingEntry } from "../../tables/tracing";
import type { CompilerContext } from "../context/context";
import { saidOf, type ClusterUse, type SaidOf } from "../context/said";
import { EntryTable } from "../graph/entry-table";
import type { Input, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import { AccessEntries, accessUses } from "./access";
import { ClusterBuilder } from "./clusters";
import { UsedCredentials } from "./used-credentials";
import { edgeUses, redirectMapUses } from "./edge";
import { errorPageUses } from "./error-pages";
import { limitUses } from "./limits";
import { Destinations } from "./destinations";
import { forwardHosts } from "./forward-hosts";
import { HttpRoutes } from "./http-routes";
import { AuthenticationEntries } from "./key-sets";
import { ListenerBuilder } from "./listeners";
import type { PlannedDoor } from "./model/servers";
import type { EdgeSource } from "./model/edge";
import type { ErrorPageSource } from "./model/error-pages";
import type { LimitSource } from "./model/limits";
import type { MetricsRule, Sources } from "./model/sources";
import { originOf } from "./origin";
import type { BuiltPort, SharedTable } from "./port-draft";
import { planPorts } from "./port-plan";
import { ProviderBuilder } from "./providers";
import { Registry } from "./registry";
import { SecretEntries } from "./secret-entries";
import { SourceEntries } from "./source-entries";
import { TcpRoutes } from "./tcp-routes";
import { accessLogEntries } from "./access-logs";
import { tracingEntry } from "./tracing";
import { TunnelRoutes } from "./tunnels";
import { VirtualHosts } from "./virtual-hosts";

export class Routing {
    readonly #context: CompilerContext;
    readonly #errorPages: ErrorPageSource;
    readonly #edge: EdgeSource;
    readonly #limits: LimitSource;
    readonly #registry: Registry;
    readonly #authentications: AuthenticationEntries;
    readonly #hosts: Value<readonly VirtualHostEntry[]>;
    readonly #sources: SourceEntries;
    readonly #clusters: ClusterBuilder;
    readonly #accessLogs: Value<readonly AccessLogEntry[]>;
    readonly #metrics: Value<MetricsEntry | undefined>;
    readonly #tracing: Value<TracingEntry | undefined>;
    readonly #ports: Value<readonly BuiltPort[]>;
    readonly #routeTables: Value<ReadonlyMap<string, SharedTable>>;
    readonly #listeners: Value<readonly ListenerEntry[]>;
    readonly #chains: Value<readonly FilterChainEntry[]>;
    readonly #tableEntries: Value<readonly RouteTableEntry[]>;
    /** What is said that other entries are made of, once it is known of all. */
    readonly #access: Input<readonly AccessEntry[]>;
    readonly #edges: Input<readonly EdgeEntry[]>;
    readonly #authorizations: Value<readonly AuthorizationPolicyEntry[]>;
    readonly #providers: Value<readonly ExternalProviderEntry[]>;
    readonly #redirectMaps: Value<readonly RedirectMapEntry[]>;
    readonly #secrets = new SecretEntries();
    readonly #tables = keptTables();
    #keySources: readonly KeySource[] = [];
    #said: readonly SaidOf<"cluster">[] = [];
    #accessSaid: readonly SaidOf<"access">[] = [];
    #uses: ReadonlyMap<string, ClusterUse> = new Map();

    constructor(context: CompilerContext, sources: Sources) {
        const { graph } = context;
        const { rules, policies } = sources;
        this.#context = context;
        this.#errorPages = sources.errorPages;
        this.#edge = sources.edge;
        this.#limits = sources.limits;
        this.#registry = new Registry(context, sources.hosts);
        const access = new AccessEntries(context, sources.access);
        this.#access = graph.input<readonly AccessEntry[]>([]);
        this.#authorizations = graph.value(() => access.authorizationsOf(this.#access.get()), sameList);
        this.#authentications = new AuthenticationEntries(context, sources.access, this.#access);
        const destinations = new Destinations(context, this.#registry, policies);
        const credentials = new UsedCredentials(context, sources.secrets);
        const plan = planPorts(context, sources.servers, sources.ports);
        const tcpRoutes = new TcpRoutes(context, destinations, rules);
        const listeners = new ListenerBuilder(context, plan, credentials, tcpRoutes, rules, access, sources.gatewayOptions);
        this.#ports = graph.value(() => listeners.build());
        this.#routeTables = graph.value(() => distinctTables(this.#ports.get()));
        const doors = graph.value(() => (sources.servers.doors?.() ?? []).map(doorEntry), isDeepStrictEqual);
        this.#listeners = graph.value(() => [...this.#ports.get().flatMap(({ listener }) => listener ?? []), ...doors.get()], sameList);
        this.#chains = graph.value(() => this.#ports.get().flatMap(({ chains }) => chains), sameList);
        this.#tableEntries = graph.value(() => [...this.#routeTables.get().values()].map(({ table }) => table), sameList);
        const virtualHosts = new VirtualHosts(
            context,
            this.#routeTables,
            rules,
            new HttpRoutes(context, rules, destinations),
            access,
            new TunnelRoutes(context, sources.servers, tcpRoutes, destinations),
            sources.errorPages,
            sources.edge,
            sources.limits,
        );
        const forwarded = forwardHosts(context, this.#routeTables, sources, access, this.#registry);
        this.#hosts = graph.value(() => [...virtualHosts.build(), ...forwarded.get()], sameList);
        this.#sources = new SourceEntries(context, sources.workloads);
        this.#clusters = new ClusterBuilder(context, this.#registry, policies, credentials);
        const providers = new ProviderBuilder(context, sources.providers, this.#registry, destinations);
        this.#providers = graph.value(() => providers.build(this.#authorizations.get()), sameList);
        this.#edges = graph.input<readonly EdgeEntry[]>([]);
        this.#redirectMaps = graph.value(() => redirectMapUses(this.#edges.get(), sources.edge), sameList);
        this.#accessLogs = graph.value(
            () => accessLogEntries(context, this.#registry, destinations, sources.accessLogs()),
            isDeepStrictEqual,
        );
        this.#tracing = graph.value(() => tracingEntry(context, this.#registry, destinations, sources.tracing()), isDeepStrictEqual);
        this.#metrics = graph.value(() => metricsEntry(sources.metrics()), isDeepStrictEqual);
    }

    /**
     * What did not change of the tables is the same as in those before. What is said is asked for when all have been asked who say it:
     * what there is of a kind is what the steps before have come to.
     */
    build(): Tables {
        const { graph, previousSecrets } = this.#context;
        this.#registry.check();
        const listeners = this.#listeners.get();
        const hosts = this.#hosts.get();
        const accessLogs = this.#accessLogs.get();
        const metrics = this.#metrics.get();
        const tracing = this.#tracing.get();
        const access = this.#accessOf(saidOf(graph, "access"));
        const authorizations = this.#authorizations.get();
        const providers = this.#providers.get();
        // Routes first: a cluster is made because something leads to it.
        const clusters = this.#clusters.build(this.#clusterUses());
        const sources = this.#sources.build(saidOf(graph, "sources"));
        const secrets = this.#secrets.of(saidOf(graph, "credential"), previousSecrets.peek());
        this.#keySources = this.#authentications.sources.get();
        const edges = edgeUses(saidOf(graph, "edge"), this.#edge.ofGateway());
        if (!sameList(edges, this.#edges.peek())) this.#edges.set(edges);
        const tables = this.#tables;
        return {
            listeners: tables.listeners.update(listeners),
            chains: tables.chains.update(this.#chains.get()),
            routeTables: tables.routeTables.update(this.#tableEntries.get()),
            virtualHosts: tables.virtualHosts.update(hosts),
            clusters: tables.clusters.update(clusters.map(({ cluster }) => cluster)),
            endpoints: tables.endpoints.update(clusters.map(({ endpoints }) => endpoints)),
            secrets: tables.secrets.update(secrets),
            accessLogs: tables.accessLogs.update(accessLogs),
            metrics: tables.metrics.update(metrics ? [metrics] : []),
            tracing: tables.tracing.update(tracing ? [tracing] : []),
            access: tables.access.update(access),
            authorizations: tables.authorizations.update(authorizations),
            authentications: tables.authentications.update(this.#authentications.all.get()),
            keySets: tables.keySets.update(this.#authentications.keySets.get()),
            providers: tables.providers.update(providers),
            sources: tables.sources.update(sources),
            errorPages: tables.errorPages.update(errorPageUses(saidOf(graph, "errorPages"), this.#errorPages.ofGateway())),
            edges: tables.edges.update(edges),
            redirectMaps: tables.redirectMaps.update(this.#redirectMaps.get()),
            limits: tables.limits.update(limitUses(saidOf(graph, "limits"), this.#limits.ofGateway())),
        };
    }

    /** Key sets that the tables name, and that are to be fetched. */
    get keySources(): readonly KeySource[] {
        return this.#keySources;
    }

    /** The same list as long as it has the same entries. */
    #accessOf(said: readonly SaidOf<"access">[]): readonly AccessEntry[] {
        if (said !== this.#accessSaid) {
            const access = accessUses(said);
            if (!sameList(access, this.#access.peek())) this.#access.set(access);
        }
        this.#accessSaid = said;
        return this.#access.peek();
    }

    /** Most changes leave what is said of clusters as it is. */
    #clusterUses(): ReadonlyMap<string, ClusterUse> {
        const said = saidOf(this.#context.graph, "cluster");
        if (said !== this.#said) this.#uses = clusterUses(said);
        this.#said = said;
        return this.#uses;
    }
}

type KeptTables = { readonly [T in TableName]: EntryTable<TableEntries[T]> };

function keptTables(): KeptTables {
    return Object.fromEntries(
        TABLE_NAMES.map((name) => [name, new EntryTable((map, changes) => PatchedMap.of(map, changes))]),
    ) as unknown as KeptTables;
}

/** A server on several ports of the pod has one route table: that of its first. */
function distinctTables(ports: readonly BuiltPort[]): ReadonlyMap<string, SharedTable> {
    const tables = new Map<string, SharedTable>();
    for (const port of ports) for (const one of port.tables) if (!tables.has(one.table.key)) tables.set(one.table.key, one);
    return tables;
}

function clusterUses(said: readonly SaidOf<"cluster">[]): ReadonlyMap<string, ClusterUse> {
    const uses = new Map<string, ClusterUse>();
    // Used for HTTP by one and for TCP by another, it speaks HTTP.
    for (const { use } of said) if (use.http || !uses.has(use.key)) uses.set(use.key, use);
    return uses;
}

function metricsEntry(rule: MetricsRule | undefined): MetricsEntry | undefined {
    return (
        rule && {
            key: "default",
            reportingMs: rule.reportingMs,
            metrics: rule.metrics.map(({ metric, tags }) => ({
                metric,
                tags: tags.map(({ name, expression, subject, field }) => ({
                    name,
                    ...(expression === undefined ? {} : { expression }),
                    origin: originOf(subject, field),
                })),
            })),
        }
    );
}

function doorEntry({ subject, field, capture, bind, port }: PlannedDoor): ListenerEntry {
    return { key: `${capture} ${bind}:${port}`, capture, bind, port, targetPort: port, kind: "tcp", origin: originOf(subject, field) };
}
