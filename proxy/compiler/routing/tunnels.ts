/** Where CONNECT leads: the way of a connection that was meant for the host, by the rules for its server name or its address. */
import { addTo } from "../../../istio/lists-by-key";
import { isSubsetOf, isWildcard, suffixPatterns } from "../../../istio/semantics";
import type { TunnelRouteEntry } from "../../tables/egress";
import type { TcpRouteEntry } from "../../tables/entries";
import type { CompilerContext } from "../context/context";
import type { Family, Value } from "../graph/graph";
import type { Destinations } from "./destinations";
import { NAMED_DESTINATION } from "./model/rules";
import type { PlannedServer, PlannedTunnel } from "./model/servers";
import type { ServerSource } from "./model/sources";
import { originOf } from "./origin";
import type { SniRoute, TcpRoutes } from "./tcp-routes";

const NONE: readonly never[] = [];
const NO_TUNNELS: ReadonlyMap<string, TunnelRouteEntry> = new Map();

/** By domain. */
export type Tunnels = ReadonlyMap<string, TunnelRouteEntry>;

/** Where one leads, and by what. */
interface Led {
    readonly by: TcpRouteEntry | undefined;
    readonly entry: TunnelRouteEntry | undefined;
}

export class TunnelRoutes {
    readonly #destinations: Destinations;
    readonly #tcpRoutes: TcpRoutes;
    /** Whether there may be any. */
    readonly #hasAny: boolean;
    readonly #planned: Value<ReadonlyMap<string, readonly PlannedTunnel[]>>;
    readonly #names: Family<PlannedServer, SniIndex>;
    readonly #led: Family<PlannedTunnel, Led>;
    readonly #tables: Family<string, Tunnels>;

    constructor({ graph }: CompilerContext, servers: ServerSource, tcpRoutes: TcpRoutes, destinations: Destinations) {
        this.#destinations = destinations;
        this.#tcpRoutes = tcpRoutes;
        this.#hasAny = servers.tunnels !== undefined;
        this.#planned = graph.value(() => byTable(servers.tunnels?.() ?? NONE));
        this.#names = graph.family((server) => new SniIndex(tcpRoutes.sniRoutes(server)));
        this.#led = graph.family((planned, previous) => this.#lead(planned, previous));
        this.#tables = graph.family((table) => this.#made(table));
    }

    of(table: string): Tunnels {
        return this.#hasAny ? this.#tables.get(table) : NO_TUNNELS;
    }

    #made(table: string): Tunnels {
        const made = new Map<string, TunnelRouteEntry>();
        for (const planned of this.#planned.get().get(table) ?? NONE) {
            const { entry } = this.#led.get(planned);
            if (entry) made.set(planned.domain, entry);
        }
        return made;
    }

    #lead({ server, serverName, subject, field }: PlannedTunnel, previous: Led | undefined): Led {
        if (server === undefined) {
            const to = { host: NAMED_DESTINATION, subset: "", field };
            const cluster = this.#destinations.cluster(to, subject, { protocol: "tcp", port: 0 });
            return { by: undefined, entry: { cluster, tlsOnly: false, origin: originOf(subject, field) } };
        }
        const by = server.kind === "tcp" ? this.#tcpRoutes.tcpRoute(server) : this.#names.get(server).find(serverName);
        return previous && previous.by === by ? previous : { by, entry: entryOf(by, server.kind !== "tcp") };
    }
}

function entryOf(route: TcpRouteEntry | undefined, tlsOnly: boolean): TunnelRouteEntry | undefined {
    const [first, ...others] = route?.clusters ?? [];
    if (route === undefined || first === undefined) return undefined;
    const weighted = route.clusters.map(({ cluster, weight }) => ({ cluster, weight }));
    return { cluster: first.cluster, ...(others.length > 0 ? { weighted } : {}), tlsOnly, origin: route.origin };
}

/** Routes of a server by the names that they are for: of all that cover a name the first has it. */
class SniIndex {
    readonly #routes: readonly SniRoute[];
    /** The first route that has the name, by its number. */
    readonly #first = new Map<string, number>();
    /** Patterns that do not begin at a dot. */
    readonly #odd: readonly string[];

    constructor(routes: readonly SniRoute[]) {
        this.#routes = routes;
        for (const [at, { serverNames }] of routes.entries())
            for (const name of serverNames) if (!this.#first.has(name)) this.#first.set(name, at);
        this.#odd = [...this.#first.keys()].filter((name) => isWildcard(name) && name !== "*" && !name.startsWith("*."));
    }

    find(name: string): TcpRouteEntry | undefined {
        const covering = [name, ...suffixPatterns(name), "*", ...this.#odd.filter((pattern) => isSubsetOf(name, pattern))];
        const first = Math.min(...covering.map((one) => this.#first.get(one) ?? Number.POSITIVE_INFINITY));
        return this.#routes[first]?.target.route;
    }
}

function byTable(all: readonly PlannedTunnel[]): ReadonlyMap<string, readonly PlannedTunnel[]> {
    const tables = new Map<string, PlannedTunnel[]>();
    for (const one of all) addTo(tables, one.routeTable, one);
    return tables;
}
