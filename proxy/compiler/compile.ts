/**
 * From resources to tables: which servers this proxy has, what is bound to them, where it leads. Pure and deterministic:
 * whatever order the objects come in, tables and findings are the same to the byte.
 */
import type { SecretEntry, TableEntries, TableName, Tables } from "../tables/entries";
import { bindGateway, VirtualServiceIndex, type Binding } from "./binding";
import { ClusterBuilder } from "./clusters";
import { settingsOf, type Context } from "./context";
import { Credentials } from "./credentials";
import { DestinationRules } from "./destination-rules";
import { Destinations } from "./destinations";
import { EffectiveRoutes } from "./effective-routes";
import { HttpRoutes } from "./http-routes";
import type { Compilation, CompileInput } from "./input";
import { ListenerBuilder, type BuiltPort } from "./listeners";
import { compareText, modelOf } from "./model";
import { Registry } from "./registry";
import { Report } from "./report";
import { planServers, type Plan, type PlannedServer } from "./servers";
import { TcpRoutes } from "./tcp-routes";
import { accessLogOf } from "./telemetry";
import { virtualHostsOf } from "./virtual-hosts";

export function compile(input: CompileInput): Compilation {
    const context: Context = { settings: settingsOf(input), model: modelOf(input.objects), report: new Report() };
    const registry = new Registry(context);
    const rules = new DestinationRules(context);
    const destinations = new Destinations(context, registry, rules);
    const credentials = new Credentials(context, input.files ?? new Map<string, never>(), input.previousSecrets ?? new Map<string, SecretEntry>());

    const plan = planServers(context);
    const bindingsOf = bindAll(context, plan);
    const listeners = new ListenerBuilder(context, credentials, new TcpRoutes(context, destinations), bindingsOf);
    const ports = plan.ports.map((port) => listeners.build(port));
    const routes = new HttpRoutes(context, new EffectiveRoutes(context), destinations);
    const routeTables = distinctTables(ports);
    const virtualHosts = routeTables.flatMap((one) => virtualHostsOf(context, one.table, one.servers, bindingsOf, routes));
    const accessLog = accessLogOf(context);
    // Routes first: a cluster is made because something leads to it.
    const builder = new ClusterBuilder(context, registry, rules, credentials);
    const clusters = [...destinations.used()].flatMap((use) => builder.build(use) ?? []);
    reportIngresses(context);
    return {
        tables: {
            listeners: table<"listeners">(ports.flatMap(({ listener }) => listener ?? [])),
            chains: table<"chains">(ports.flatMap(({ chains }) => chains)),
            routeTables: table<"routeTables">(routeTables.map((one) => one.table)),
            virtualHosts: table<"virtualHosts">(virtualHosts),
            clusters: table<"clusters">(clusters.map(({ cluster }) => cluster)),
            endpoints: table<"endpoints">(clusters.map(({ endpoints }) => endpoints)),
            secrets: table<"secrets">(credentials.entries()),
            accessLogs: table<"accessLogs">(accessLog ? [accessLog] : []),
        } satisfies Tables,
        findings: context.report.sorted(),
    };
}

/** What applies to a server, of that only what meets a host that no earlier server has taken. */
function bindAll(context: Context, plan: Plan): (server: PlannedServer) => readonly Binding[] {
    const index = new VirtualServiceIndex(context);
    const all = new Map([...plan.gateways].map(([gateway, servers]) => [gateway, bindGateway(context, servers, index.of(gateway))]));
    return (server) => {
        const kept = new Set(server.hosts);
        return (all.get(server.gateway)?.get(server.index) ?? []).filter(({ host }) => kept.has(host));
    };
}

/** A server on several ports of the pod has one route table. */
function distinctTables(ports: readonly BuiltPort[]): BuiltPort["tables"][number][] {
    const tables = new Map(ports.flatMap((port) => port.tables).reverse().map((one) => [one.table.key, one]));
    return [...tables.values()];
}

function reportIngresses({ model, report }: Context): void {
    for (const ingress of model.ingresses) {
        report.add("GH0458", ingress, "", "An Ingress is not served yet.", "Write a Gateway and a VirtualService.");
    }
}

function table<T extends TableName>(entries: readonly TableEntries[T][]): ReadonlyMap<string, TableEntries[T]> {
    return new Map([...entries].sort((a, b) => compareText(a.key, b.key)).map((entry) => [entry.key, entry]));
}
