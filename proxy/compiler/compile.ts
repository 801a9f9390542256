/**
 * From resources to tables: which servers this proxy has, what is bound to them, where it leads. Pure and deterministic:
 * whatever order the objects come in, and whatever was compiled before, tables and findings are the same to the byte.
 */
import { isDeepStrictEqual } from "node:util";
import type { Finding } from "../../istio/findings";
import { emptyTables } from "../tables/diff";
import type { SecretEntry, Tables } from "../tables/entries";
import { Bindings } from "./istio/binding";
import { ClusterBuilder } from "./routing/clusters";
import { settingsOf, type Context, type Inputs, type Settings } from "./context/context";
import { Credentials, secretEntries } from "./routing/credentials";
import type { CredentialUse, ClusterUse, Said } from "./context/said";
import { DestinationRules } from "./istio/destination-rules";
import { Destinations } from "./routing/destinations";
import { EffectiveRoutes } from "./istio/effective-routes";
import { Graph, type Value } from "./graph/graph";
import { HttpRoutes } from "./routing/http-routes";
import type { Compilation, CompileInput } from "./context/input";
import type { FileContent } from "../resources/placed-object";
import { ListenerBuilder, type BuiltPort, type SharedTable } from "./routing/listeners";
import { sameList } from "./graph/lists";
import { ModelKeeper, type Model } from "../resources/model";
import { Registry } from "./routing/registry";
import { Restrictions } from "./istio/restrictions";
import { FindingList, Report } from "./context/report";
import { planServers } from "./istio/servers";
import { entryTable } from "./graph/entry-table";
import { TcpRoutes } from "./routing/tcp-routes";
import { accessLogOf } from "./istio/telemetry";
import { VirtualHosts } from "./routing/virtual-hosts";

export function compile(input: CompileInput): Compilation {
    return new Compiler().compile(input);
}

/**
 * Compiles again and again, at the cost of what changed in between: an object that is the same one as before (by
 * identity; what is in it must never change) is not looked at again. What is compiled never depends on what was before:
 * only how long it takes, and that entries, tables and findings that say the same are the same objects.
 */
export class Compiler {
    #settings: Settings | undefined;
    #rooms: Rooms | undefined;

    compile(input: CompileInput): Compilation {
        const settings = settingsOf(input);
        // What was remembered holds for these settings. A clock that was set back may make it untrue.
        if (!isDeepStrictEqual(settings, this.#settings) || !this.#rooms?.holdsAt(input.now)) this.#rooms = undefined;
        const rooms = this.#rooms ?? new Rooms(settings);
        this.#rooms = undefined;
        const compilation = rooms.compile(input);
        // Not after a failure: nobody knows what state it left behind.
        this.#rooms = rooms;
        this.#settings = settings;
        return compilation;
    }
}

const NO_FILES: ReadonlyMap<string, FileContent> = new Map();
const NO_SECRETS: ReadonlyMap<string, SecretEntry> = new Map();

/** The steps of a compilation, with all that they remember. */
class Rooms {
    readonly #graph = new Graph<Said>();
    readonly #model = new ModelKeeper();
    readonly #inputs: Inputs;
    readonly #context: Context;
    readonly #registry: Registry;
    readonly #bindings: Bindings;
    readonly #restrictions: Restrictions;
    readonly #listeners: ListenerBuilder;
    readonly #virtualHosts: VirtualHosts;
    readonly #clusters: ClusterBuilder;
    readonly #accessLog: Value<ReturnType<typeof accessLogOf>>;
    readonly #ports: Value<readonly BuiltPort[]>;
    readonly #routeTables: Value<ReadonlyMap<string, SharedTable>>;
    readonly #findings = new FindingList();
    #tables: Tables = emptyTables();
    #said: readonly (readonly Said[])[] = [];
    #uses: ReadonlyMap<string, ClusterUse> = new Map();

    constructor(settings: Settings) {
        const graph = this.#graph;
        this.#inputs = inputsOf(graph, this.#model.update([]));
        const context: Context = { settings, inputs: this.#inputs, graph, report: new Report(graph) };
        this.#context = context;
        const registry = new Registry(context);
        this.#registry = registry;
        const rules = new DestinationRules(context);
        const destinations = new Destinations(context, registry, rules);
        const credentials = new Credentials(context);
        const servers = planServers(context);
        this.#bindings = new Bindings(context, servers.serversOf);
        const bindingsOf = this.#bindings.of;
        this.#restrictions = new Restrictions(context, servers);
        this.#listeners = new ListenerBuilder(
            context,
            servers.plan,
            credentials,
            new TcpRoutes(context, destinations, bindingsOf),
            bindingsOf,
            this.#restrictions.of,
        );
        this.#ports = graph.value(() => this.#listeners.build());
        this.#routeTables = graph.value(() => distinctTables(this.#ports.get()));
        const routes = new HttpRoutes(context, new EffectiveRoutes(context), destinations);
        this.#virtualHosts = new VirtualHosts(context, this.#routeTables, bindingsOf, routes, this.#restrictions.of);
        this.#clusters = new ClusterBuilder(context, registry, rules, credentials);
        this.#accessLog = graph.value(() => accessLogOf(context), isDeepStrictEqual);
    }

    holdsAt(now: number): boolean {
        return now >= this.#graph.passed;
    }

    compile(input: CompileInput): Compilation {
        const graph = this.#graph;
        graph.begin(input.now);
        const model = this.#model.update(input.objects);
        for (const kind of Object.keys(model) as (keyof Model)[]) (this.#inputs[kind] as { set(list: unknown): void }).set(model[kind]);
        const previousSecrets = input.previousSecrets ?? NO_SECRETS;
        this.#inputs.files.set(input.files ?? NO_FILES);
        this.#inputs.previousSecrets.set(previousSecrets);
        const compilation = this.#compile(previousSecrets);
        graph.end();
        return compilation;
    }

    /** Most changes leave what is said of clusters as it is. */
    #clusterUses(): ReadonlyMap<string, ClusterUse> {
        const said = [...this.#graph.said];
        if (!sameList(said, this.#said)) this.#uses = clusterUses(said);
        this.#said = said;
        return this.#uses;
    }

    #compile(previousSecrets: ReadonlyMap<string, SecretEntry>): Compilation {
        const before = this.#tables;
        this.#registry.check();
        this.#bindings.check();
        this.#restrictions.check();
        const ports = this.#ports.get();
        const routeTables = this.#routeTables.get();
        const virtualHosts = this.#virtualHosts.build();
        const accessLog = this.#accessLog.get();
        // Routes first: a cluster is made because something leads to it.
        const clusters = this.#clusters.build(this.#clusterUses());
        reportIngresses(this.#context);
        const { credentials, findings } = sorted(this.#graph.said);
        this.#tables = {
            listeners: entryTable(
                before.listeners,
                ports.flatMap(({ listener }) => listener ?? []),
            ),
            chains: entryTable(
                before.chains,
                ports.flatMap(({ chains }) => chains),
            ),
            routeTables: entryTable(
                before.routeTables,
                [...routeTables.values()].map(({ table }) => table),
            ),
            virtualHosts: entryTable(before.virtualHosts, virtualHosts),
            clusters: entryTable(
                before.clusters,
                clusters.map(({ cluster }) => cluster),
            ),
            endpoints: entryTable(
                before.endpoints,
                clusters.map(({ endpoints }) => endpoints),
            ),
            secrets: entryTable(before.secrets, secretEntries(credentials, previousSecrets)),
            accessLogs: entryTable(before.accessLogs, accessLog ? [accessLog] : []),
        };
        return { tables: this.#tables, findings: this.#findings.update(findings) };
    }
}

function inputsOf(graph: Graph<Said>, empty: Model): Inputs {
    const kinds = Object.fromEntries(Object.entries(empty).map(([kind, list]) => [kind, graph.input(list)]));
    return { ...kinds, files: graph.input(NO_FILES), previousSecrets: graph.input(NO_SECRETS) } as unknown as Inputs;
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

function sorted(said: readonly (readonly Said[])[]): {
    readonly credentials: readonly CredentialUse[];
    readonly findings: ReadonlyMap<string, Finding>;
} {
    const credentials: CredentialUse[] = [];
    const findings = new Map<string, Finding>();
    for (const list of said) {
        for (const one of list) {
            if (one.kind === "credential") credentials.push(one.use);
            else if (one.kind === "finding") findings.set(one.text, one.finding);
        }
    }
    return { credentials, findings };
}

function reportIngresses({ inputs, report }: Context): void {
    for (const ingress of inputs.ingresses.get()) {
        report.add("GH0458", ingress, "", "An Ingress is not served yet.", "Write a Gateway and a VirtualService.");
    }
}
