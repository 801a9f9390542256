/** Puts the routes of all VirtualServices of a route table together, virtual host by virtual host. */
import { isDeepStrictEqual } from "node:util";
import type { Origin, RouteEntry, RouteTableEntry, VirtualHostEntry } from "../tables/entries";
import type { Binding } from "./binding";
import { guarded, type Context } from "./context";
import type { HttpRoutes } from "./http-routes";
import { isCatchAll } from "./matches";
import { originOf } from "./model";
import type { PlannedServer } from "./servers";

interface Host {
    httpsRedirect: boolean;
    readonly origin: Origin;
    readonly lists: (readonly RouteEntry[])[];
}

/** The virtual hosts of one route table, made of the servers that share it, oldest Gateway first. */
export function virtualHostsOf(
    context: Context, table: RouteTableEntry, servers: readonly PlannedServer[], bindings: (server: PlannedServer) => readonly Binding[], routes: HttpRoutes,
): VirtualHostEntry[] {
    const hosts = new Map<string, Host>();
    for (const server of servers) {
        const bound = bindings(server);
        // On a server that is HTTPS already the flag means nothing.
        const redirects = server.kind === "http" && (server.server.tls?.httpsRedirect ?? false);
        if (bound.length === 0 && !redirects) {
            context.report.add("GH0416", server.gateway, server.field, "No VirtualService applies to this server, which answers 404.");
        }
        for (const binding of bound) bind(context, hosts, server, binding, routes);
        if (redirects) redirectAll(hosts, server, bound);
    }
    return [...hosts.entries()].map(([domain, { httpsRedirect, origin, lists }]) =>
        ({ key: `${table.key} ${domain}`, routeTable: table.key, domain, httpsRedirect, routes: inOrder(lists.flat()), origin }));
}

function bind(context: Context, hosts: Map<string, Host>, server: PlannedServer, { virtualService, domain }: Binding, routes: HttpRoutes): void {
    const list = guarded(context, virtualService, "spec.http", [], () => routes.of(virtualService, server));
    if (list.length === 0) return;
    const host = hosts.get(domain) ?? { httpsRedirect: false, origin: originOf(virtualService, "spec.hosts"), lists: [] };
    hosts.set(domain, host);
    // A VirtualService that meets one virtual host on several ways is in it once.
    if (!host.lists.some((one) => one === list || isDeepStrictEqual(one, list))) host.lists.push(list);
}

/** Every host of the server redirects, whether a VirtualService has it or not, and whoever else serves it. */
function redirectAll(hosts: Map<string, Host>, server: PlannedServer, bound: readonly Binding[]): void {
    for (const { domain } of bound) {
        const host = hosts.get(domain);
        if (host) host.httpsRedirect = true;
    }
    for (const { host: domain, field } of server.hosts) {
        const host = hosts.get(domain) ?? { httpsRedirect: true, origin: originOf(server.gateway, field), lists: [] };
        host.httpsRedirect = true;
        hosts.set(domain, host);
    }
}

/** What matches everything goes to the end, where it can't hide another VirtualService's rules; nothing else moves. */
function inOrder(routes: readonly RouteEntry[]): RouteEntry[] {
    return [...routes.filter((route) => !isCatchAll(route)), ...routes.filter(isCatchAll)];
}
