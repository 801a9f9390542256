/** Listeners and their filter chains: by what a connection is served on each port. */
import type { FilterChainEntry, ListenerEntry, RouteTableEntry } from "../tables/entries";
import type { Binding } from "./binding";
import { guarded, type Context } from "./context";
import type { Credentials } from "./credentials";
import { originOf } from "./model";
import { serverText, type PlannedPort, type PlannedServer } from "./servers";
import type { TcpRoutes } from "./tcp-routes";
import { terminationOf } from "./tls-servers";

export interface BuiltPort {
    /** Absent: nothing could be served on the port, so that it stays closed. */
    readonly listener?: ListenerEntry;
    readonly chains: readonly FilterChainEntry[];
    /** With the servers that share each. */
    readonly tables: readonly { readonly table: RouteTableEntry; readonly servers: readonly PlannedServer[] }[];
}

type BindingsOf = (server: PlannedServer) => readonly Binding[];

export class ListenerBuilder {
    private readonly context: Context;
    private readonly credentials: Credentials;
    private readonly tcpRoutes: TcpRoutes;
    private readonly bindingsOf: BindingsOf;

    constructor(context: Context, credentials: Credentials, tcpRoutes: TcpRoutes, bindingsOf: BindingsOf) {
        this.context = context;
        this.credentials = credentials;
        this.tcpRoutes = tcpRoutes;
        this.bindingsOf = bindingsOf;
    }

    build(port: PlannedPort): BuiltPort {
        const [first] = port.servers;
        if (first === undefined) return { chains: [], tables: [] };
        const built = port.kind === "http" ? plaintextHttp(port, first) : port.kind === "tcp" ? this.plaintextTcp(port, first) : this.tls(port);
        if (built.chains.length === 0) return { chains: [], tables: [] };
        const { key, bind, port: declared, targetPort, kind } = port;
        return { ...built, listener: { key, bind, port: declared, targetPort, kind, origin: originOf(first.gateway, `${first.field}.port`) } };
    }

    private plaintextTcp(port: PlannedPort, server: PlannedServer): BuiltPort {
        const route = this.tcpRoutes.tcpRoute(server, this.bindingsOf(server));
        if (route === undefined) {
            this.reportNoRoute(server, "tcp");
            return { chains: [], tables: [] };
        }
        const chain: FilterChainEntry = {
            key: `${port.key} tcp`, listener: port.key, serverNames: [], target: { kind: "tcp", route }, origin: originOf(server.gateway, server.field),
        };
        return { chains: [chain], tables: [] };
    }

    private tls(port: PlannedPort): BuiltPort {
        const chains: FilterChainEntry[] = [];
        const tables: BuiltPort["tables"][number][] = [];
        const takenNames = new Map<string, string>();
        for (const server of port.servers) {
            const made = guarded(this.context, server.gateway, server.field, [], () => this.tlsChains(port, server, takenNames));
            chains.push(...made);
            const [target] = made.map((chain) => chain.target);
            if (target?.kind === "http") tables.push({ table: tableOf(target.routeTable, server), servers: [server] });
        }
        return { chains, tables };
    }

    private tlsChains(port: PlannedPort, server: PlannedServer, takenNames: Map<string, string>): FilterChainEntry[] {
        return server.kind === "passthrough" ? this.passthroughChains(port, server, takenNames) : this.terminatedChain(port, server, takenNames);
    }

    private terminatedChain(port: PlannedPort, server: PlannedServer, takenNames: Map<string, string>): FilterChainEntry[] {
        const names = [...new Set(server.hosts.map(({ host }) => host))];
        const route = server.kind === "terminated-tcp" ? this.tcpRoutes.tcpRoute(server, this.bindingsOf(server)) : undefined;
        if (server.kind === "terminated-tcp" && route === undefined) {
            this.reportNoRoute(server, "tcp");
            return [];
        }
        const free = names.filter((name) => {
            const winner = takenNames.get(name);
            if (winner === undefined) takenNames.set(name, serverText(server));
            else this.context.report.add("GH0412", server.gateway, server.field, `${name} on port ${server.server.port.number} is already routed by ${winner}; here it is skipped.`);
            return winner === undefined;
        });
        if (free.length === 0) return [];
        return [{
            key: `${port.key} ${server.gateway.id} ${server.server.port.name}`,
            listener: port.key,
            // A server for any host also takes clients that name none.
            serverNames: free.includes("*") ? [] : free,
            tls: terminationOf(this.context, this.credentials, server),
            target: route ? { kind: "tcp", route } : { kind: "http", routeTable: httpsTableName(server) },
            origin: originOf(server.gateway, server.field),
        }];
    }

    private passthroughChains(port: PlannedPort, server: PlannedServer, takenNames: Map<string, string>): FilterChainEntry[] {
        const routes = this.tcpRoutes.sniRoutes(server, this.bindingsOf(server));
        if (routes.length === 0) this.reportNoRoute(server, "tls");
        return routes.flatMap(({ serverNames, route, virtualService, field }) => {
            const free = serverNames.filter((name) => {
                const winner = takenNames.get(name);
                if (winner === undefined) takenNames.set(name, `VirtualService ${virtualService.id} ${field}`);
                else this.context.report.add("GH0445", virtualService, `${field}.sniHosts`, `${name} on port ${server.server.port.number} is already routed by ${winner}, which comes first; here it is skipped.`);
                return winner === undefined;
            });
            if (free.length === 0) return [];
            const chain: FilterChainEntry = {
                key: `${port.key} ${server.gateway.id} ${server.server.port.name} ${virtualService.id} ${field}`,
                listener: port.key,
                serverNames: free.includes("*") ? [] : free,
                tls: { mode: "PASSTHROUGH" },
                target: { kind: "tcp", route },
                origin: originOf(virtualService, field),
            };
            return [chain];
        });
    }

    private reportNoRoute(server: PlannedServer, kind: "tcp" | "tls"): void {
        const bound = this.bindingsOf(server).length > 0;
        const other = kind === "tls" ? "Behind PASSTHROUGH only tls rules apply." : "";
        this.context.report.add("GH0414", server.gateway, server.field,
            `No ${kind} rule of a VirtualService applies to port ${server.server.port.number}, so that no connection is accepted for this server.`,
            bound && kind === "tls" ? other : "");
    }
}

function plaintextHttp(port: PlannedPort, first: PlannedServer): BuiltPort {
    const table = tableOf(`http.${port.targetPort}${port.bound ? `.${port.bind}` : ""}`, first);
    const chain: FilterChainEntry = {
        key: `${port.key} http`, listener: port.key, serverNames: [], target: { kind: "http", routeTable: table.key }, origin: originOf(first.gateway, first.field),
    };
    return { chains: [chain], tables: [{ table, servers: port.servers }] };
}

/** Each HTTPS server has a route table of its own: its hosts are not to be reached on connections of another one. */
function httpsTableName({ gateway, server }: PlannedServer): string {
    return `https.${server.port.number}.${server.port.name}.${gateway.ref.name}.${gateway.ref.namespace}${server.bind ? `.${server.bind}` : ""}`;
}

function tableOf(key: string, server: PlannedServer): RouteTableEntry {
    return { key, port: server.server.port.number, origin: originOf(server.gateway, server.field) };
}
