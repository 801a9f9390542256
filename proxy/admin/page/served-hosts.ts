/** Hosts, their routes and the chains that lead to them, looked up once for each set of tables. */
import { refText } from "../../../istio/types";
import type { FilterChainEntry, ListenerEntry, RouteEntry, Tables, VirtualHostEntry } from "../../tables";

export interface ServedChain {
    readonly chain: FilterChainEntry;
    readonly listener: ListenerEntry | undefined;
    readonly text: string;
}

export interface ServedHost {
    readonly host: VirtualHostEntry;
    readonly chains: readonly ServedChain[];
    /** What a search looks at. */
    readonly text: string;
}

export interface ServedRoute {
    readonly of: ServedHost;
    readonly route: RouteEntry;
    readonly at: number;
    readonly text: string;
}

export interface ServedHosts {
    readonly chains: readonly ServedChain[];
    readonly hosts: readonly ServedHost[];
    readonly routes: readonly ServedRoute[];
}

const NONE: ServedHosts = { chains: [], hosts: [], routes: [] };
const known = new WeakMap<Tables, ServedHosts>();

/** Without tables: nothing was compiled yet. */
export function servedHosts(tables: Tables | undefined): ServedHosts {
    if (!tables) return NONE;
    const before = known.get(tables);
    if (before) return before;
    const found = lookUp(tables);
    known.set(tables, found);
    return found;
}

function lookUp({ chains, listeners, virtualHosts }: Tables): ServedHosts {
    const all = [...chains.values()].map((chain): ServedChain => {
        const listener = listeners.get(chain.listener);
        return { chain, listener, text: `${refText(chain.origin)} ${chain.serverNames.join(" ")} ${chain.listener}`.toLowerCase() };
    });
    const byTable = new Map<string, ServedChain[]>();
    for (const one of all) {
        if (one.chain.target.kind !== "http") continue;
        const { routeTable } = one.chain.target;
        const those = byTable.get(routeTable);
        if (those) those.push(one);
        else byTable.set(routeTable, [one]);
    }
    const hosts = [...virtualHosts.values()].map(
        (host): ServedHost => ({
            host,
            chains: chainsOf(byTable.get(host.routeTable) ?? [], host.domain),
            text: `${host.domain} ${refText(host.origin)} ${host.routeTable}`.toLowerCase(),
        }),
    );
    const routes = hosts.flatMap((of) =>
        of.host.routes.map(
            (route, at): ServedRoute => ({ of, route, at, text: `${of.text} ${refText(route.origin)} ${route.name}`.toLowerCase() }),
        ),
    );
    return { chains: all, hosts, routes };
}

/** Of a table with many server names those that a client of this host may come by. */
function chainsOf(all: readonly ServedChain[], domain: string): readonly ServedChain[] {
    if (all.length < 2) return all;
    return all.filter(({ chain: { serverNames } }) => serverNames.length === 0 || serverNames.some((name) => areNear(name, domain)));
}

function areNear(name: string, domain: string): boolean {
    return name === domain || domain === "*" || covers(name, domain) || covers(domain, name);
}

function covers(wildcard: string, name: string): boolean {
    return wildcard.startsWith("*.") && name.endsWith(wildcard.slice(1));
}
