/** From sources to tables: what is served on which ports, what is routed there, and the backends that it leads to. */
import { isDeepStrictEqual } from "node:util";
import { TABLE_NAMES } from "../../tables/diff";
import type { KeySource } from "../../tables/access";
import type { AccessLogEntry } from "../../tables/access-logs";
import type { ListenerEntry, TableEntries, TableName, Tables, VirtualHostEntry } from "../../tables/entries";
import type { MetricsEntry } from "../../tables/metrics";
import type { TracingEntry } from "../../tables/tracing";
import type { CompilerContext } from "../context/context";
import type { CredentialUse } from "../context/credential";
import type { ClusterUse, Said } from "../context/said";
import { EntryTable } from "../graph/entry-table";
import type { Value } from "../graph/graph";
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
import { secretEntries } from "./secret-entries";
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
    readonly #access: AccessEntries;
    readonly #authentications: AuthenticationEntries;
    readonly #virtualHosts: VirtualHosts;
    readonly #forwardHosts: Value<readonly VirtualHostEntry[]>;
    readonly #sources: SourceEntries;
    readonly #clusters: ClusterBuilder;
    readonly #providers: ProviderBuilder;
    readonly #accessLogs: Value<readonly AccessLogEntry[]>;
    readonly #metrics: Value<MetricsEntry | undefined>;
    readonly #tracing: Value<TracingEntry | undefined>;
    readonly #ports: Value<readonly BuiltPort[]>;
    readonly #routeTables: Value<ReadonlyMap<string, SharedTable>>;
    readonly #doors: Value<readonly ListenerEntry[]>;
    readonly #tables = keptTables();
    #keySources: readonly KeySource[] = [];
    #said: readonly (readonly Said[])[] = [];
    #uses: ReadonlyMap<string, ClusterUse> = new Map();

    constructor(context: CompilerContext, sources: Sources) {
        const { graph } = context;
        const { rules, policies } = sources;
        this.#context = context;
        this.#errorPages = sources.errorPages;
        this.#edge = sources.edge;
        this.#limits = sources.limits;
        this.#registry = new Registry(context, sources.hosts);
        this.#access = new AccessEntries(context, sources.access);
        this.#authentications = new AuthenticationEntries(context, sources.access);
        const destinations = new Destinations(context, this.#registry, policies);
        const credentials = new UsedCredentials(context, sources.secrets);
        const plan = planPorts(context, sources.servers, sources.ports);
        const tcpRoutes = new TcpRoutes(context, destinations, rules);
        const listeners = new ListenerBuilder(context, plan, credentials, tcpRoutes, rules, this.#access, sources.gatewayOptions);
        this.#ports = graph.value(() => listeners.build());
        this.#routeTables = graph.value(() => distinctTables(this.#ports.get()));
        this.#doors = graph.value(() => (sources.servers.doors?.() ?? []).map(doorEntry), isDeepStrictEqual);
        this.#virtualHosts = new VirtualHosts(
            context,
            this.#routeTables,
            rules,
            new HttpRoutes(context, rules, destinations),
            this.#access,
            new TunnelRoutes(context, sources.servers, tcpRoutes, destinations),
            sources.errorPages,
            sources.edge,
            sources.limits,
        );
        this.#forwardHosts = forwardHosts(context, this.#routeTables, sources, this.#access, this.#registry);
        this.#sources = new SourceEntries(context, sources.workloads);
        this.#clusters = new ClusterBuilder(context, this.#registry, policies, credentials);
        this.#providers = new ProviderBuilder(context, sources.providers, this.#registry, destinations);
        this.#accessLogs = graph.value(
            () => accessLogEntries(context, this.#registry, destinations, sources.accessLogs()),
            isDeepStrictEqual,
        );
        this.#tracing = graph.value(() => tracingEntry(context, this.#registry, destinations, sources.tracing()), isDeepStrictEqual);
        this.#metrics = graph.value(() => metricsEntry(sources.metrics()), isDeepStrictEqual);
    }

    /** What did not change of the tables is the same as in those before. */
    build(): Tables {
        this.#registry.check();
        const ports = this.#ports.get();
        const virtualHosts = [...this.#virtualHosts.build(), ...this.#forwardHosts.get()];
        const accessLogs = this.#accessLogs.get();
        const metrics = this.#metrics.get();
        const tracing = this.#tracing.get();
        const access = accessUses(this.#context.graph.said);
        const authorizations = this.#access.authorizationsOf(access);
        const providers = this.#providers.build(authorizations);
        // Routes first: a cluster is made because something leads to it.
        const clusters = this.#clusters.build(this.#clusterUses());
        const sources = this.#sources.build(this.#context.graph.said);
        const secrets = secretEntries(credentialUses(this.#context.graph.said), this.#context.previousSecrets.get());
        this.#keySources = this.#authentications.sources(access);
        const edges = edgeUses(this.#context.graph.said, this.#edge.ofGateway());
        const tables = this.#tables;
        return {
            listeners: tables.listeners.update([...ports.flatMap(({ listener }) => listener ?? []), ...this.#doors.get()]),
            chains: tables.chains.update(ports.flatMap(({ chains }) => chains)),
            routeTables: tables.routeTables.update([...this.#routeTables.get().values()].map(({ table }) => table)),
            virtualHosts: tables.virtualHosts.update(virtualHosts),
            clusters: tables.clusters.update(clusters.map(({ cluster }) => cluster)),
            endpoints: tables.endpoints.update(clusters.map(({ endpoints }) => endpoints)),
            secrets: tables.secrets.update(secrets),
            accessLogs: tables.accessLogs.update(accessLogs),
            metrics: tables.metrics.update(metrics ? [metrics] : []),
            tracing: tables.tracing.update(tracing ? [tracing] : []),
            access: tables.access.update(access),
            authorizations: tables.authorizations.update(authorizations),
            authentications: tables.authentications.update(this.#authentications.of(access)),
            keySets: tables.keySets.update(this.#authentications.keySets(access)),
            providers: tables.providers.update(providers),
            sources: tables.sources.update(sources),
            errorPages: tables.errorPages.update(errorPageUses(this.#context.graph.said, this.#errorPages.ofGateway())),
            edges: tables.edges.update(edges),
            redirectMaps: tables.redirectMaps.update(redirectMapUses(edges, this.#edge)),
            limits: tables.limits.update(limitUses(this.#context.graph.said, this.#limits.ofGateway())),
        };
    }

    /** Key sets that the tables name, and that are to be fetched. */
    get keySources(): readonly KeySource[] {
        return this.#keySources;
    }

    /** Most changes leave what is said of clusters as it is. */
    #clusterUses(): ReadonlyMap<string, ClusterUse> {
        const said = [...this.#context.graph.said];
        if (!sameList(said, this.#said)) this.#uses = clusterUses(said);
        this.#said = said;
        return this.#uses;
    }
}

type KeptTables = { readonly [T in TableName]: EntryTable<TableEntries[T]> };

function keptTables(): KeptTables {
    return Object.fromEntries(TABLE_NAMES.map((name) => [name, new EntryTable()])) as unknown as KeptTables;
}

/** A server on several ports of the pod has one route table: that of its first. */
function distinctTables(ports: readonly BuiltPort[]): ReadonlyMap<string, SharedTable> {
    const tables = new Map<string, SharedTable>();
    for (const port of ports) for (const one of port.tables) if (!tables.has(one.table.key)) tables.set(one.table.key, one);
    return tables;
}

function clusterUses(said: readonly (readonly Said[])[]): ReadonlyMap<string, ClusterUse> {
    const uses = new Map<string, ClusterUse>();
    for (const list of said) {
        for (const one of list) {
            // Used for HTTP by one and for TCP by another, it speaks HTTP.
            if (one.kind === "cluster" && (one.use.http || !uses.has(one.use.key))) uses.set(one.use.key, one.use);
        }
    }
    return uses;
}

function credentialUses(said: readonly (readonly Said[])[]): readonly CredentialUse[] {
    const uses: CredentialUse[] = [];
    for (const list of said) for (const one of list) if (one.kind === "credential") uses.push(one.use);
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
