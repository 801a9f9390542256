/** Where CONNECT leads: the way of a connection that was meant for the host, by the rules for its server name or its address. */
import { isDeepStrictEqual } from "node:util";
import { addTo } from "../../../istio/lists-by-key";
import { isSubsetOf } from "../../../istio/semantics";
import type { TunnelRouteEntry } from "../../tables/egress";
import type { TcpRouteEntry } from "../../tables/entries";
import type { CompilerContext } from "../context/context";
import type { Family, Value } from "../graph/graph";
import type { Destinations } from "./destinations";
import { NAMED_DESTINATION } from "./model/rules";
import type { PlannedTunnel } from "./model/servers";
import type { ServerSource } from "./model/sources";
import { originOf } from "./origin";
import type { TcpRoutes } from "./tcp-routes";

const NONE: readonly never[] = [];

/** By domain. */
export type Tunnels = ReadonlyMap<string, TunnelRouteEntry>;

export class TunnelRoutes {
    readonly #destinations: Destinations;
    readonly #tcpRoutes: TcpRoutes;
    readonly #planned: Value<ReadonlyMap<string, readonly PlannedTunnel[]>>;
    readonly #tables: Family<string, Tunnels>;

    constructor({ graph }: CompilerContext, servers: ServerSource, tcpRoutes: TcpRoutes, destinations: Destinations) {
        this.#destinations = destinations;
        this.#tcpRoutes = tcpRoutes;
        this.#planned = graph.value(() => byTable(servers.tunnels?.() ?? NONE));
        this.#tables = graph.family((table) => this.#made(table), isDeepStrictEqual);
    }

    of(table: string): Tunnels {
        return this.#tables.get(table);
    }

    #made(table: string): Tunnels {
        return new Map(
            (this.#planned.get().get(table) ?? NONE).flatMap((planned): (readonly [string, TunnelRouteEntry])[] => {
                const made = this.#routeOf(planned);
                return made ? [[planned.domain, made]] : [];
            }),
        );
    }

    #routeOf({ server, serverName, subject, field }: PlannedTunnel): TunnelRouteEntry | undefined {
        if (server === undefined) {
            const to = { host: NAMED_DESTINATION, subset: "", field };
            const cluster = this.#destinations.cluster(to, subject, { protocol: "tcp", port: 0 });
            return { cluster, tlsOnly: false, origin: originOf(subject, field) };
        }
        const route = server.kind === "tcp" ? this.#tcpRoutes.tcpRoute(server) : this.#named(server, serverName);
        const [first, ...others] = route?.clusters ?? [];
        if (route === undefined || first === undefined) return undefined;
        const weighted = route.clusters.map(({ cluster, weight }) => ({ cluster, weight }));
        return {
            cluster: first.cluster,
            ...(others.length > 0 ? { weighted } : {}),
            tlsOnly: server.kind !== "tcp",
            origin: route.origin,
        };
    }

    #named(server: NonNullable<PlannedTunnel["server"]>, name: string): TcpRouteEntry | undefined {
        return this.#tcpRoutes.sniRoutes(server).find(({ serverNames }) => serverNames.some((one) => one === "*" || isSubsetOf(name, one)))
            ?.target.route;
    }
}

function byTable(all: readonly PlannedTunnel[]): ReadonlyMap<string, readonly PlannedTunnel[]> {
    const tables = new Map<string, PlannedTunnel[]>();
    for (const one of all) addTo(tables, one.routeTable, one);
    return tables;
}
