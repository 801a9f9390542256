/** Istio's HTTPRoutes with the destinations in them reduced to data, and made Istio's own again. */
import type { HTTPMirrorPolicy, HTTPRoute, HTTPRouteDestination } from "../../istio";
import type { Fault } from "../arguments";
import { destinationWire, resolveDestination, type DestinationData } from "./destination";
import { matchesOfRoute, pathPrefixFaults } from "./path-prefix";
import type { HTTPMirrorArgs, HTTPRouteArgs } from "./types";

interface WithDestination {
    readonly destination: DestinationData;
}

/** A route as data: Istio's own but for the destinations. */
export interface HTTPRouteData extends Omit<HTTPRoute, "route" | "mirror" | "mirrors"> {
    readonly route?: readonly (Omit<HTTPRouteDestination, "destination"> & WithDestination)[];
    readonly mirror?: DestinationData;
    readonly mirrors?: readonly (Omit<HTTPMirrorPolicy, "destination"> & WithDestination)[];
    readonly pathPrefix?: string;
}

/** Lists of objects; what is anything else is left for the check to name. */
function mapEach<T extends object>(list: readonly T[], change: (one: T, index: number) => object): readonly object[] {
    if (!Array.isArray(list)) return list;
    return (list as readonly T[]).map((one, index) => (typeof one === "object" && (one as T | null) !== null ? change(one, index) : one));
}

/** A backend with its weight, or a mirror with its share. */
export function weightedWire<T extends { readonly destination: HTTPMirrorArgs["destination"] }>(one: T): object {
    return typeof one === "object" && (one as T | null) !== null ? { ...one, destination: destinationWire(one.destination) } : one;
}

export function routeWire(route: HTTPRouteArgs): object {
    if (typeof route !== "object" || (route as HTTPRouteArgs | null) === null) return route;
    const { route: to, mirror, mirrors, ...rest } = route;
    return {
        ...rest,
        ...(to ? { route: mapEach(to, weightedWire) } : {}),
        ...(mirror ? { mirror: destinationWire(mirror) } : {}),
        ...(mirrors ? { mirrors: mapEach(mirrors, weightedWire) } : {}),
    };
}

export function resolveRoute(route: HTTPRouteData, namespace: string, path: string, faults: Fault[]): HTTPRoute {
    if (typeof route !== "object" || (route as HTTPRouteData | null) === null) return route as HTTPRoute;
    const { route: to, mirror, mirrors, pathPrefix: _prefix, match: _match, rewrite: _rewrite, ...rest } = route;
    faults.push(...pathPrefixFaults(route, path));
    const resolved = (list: readonly WithDestination[], field: string): readonly object[] =>
        mapEach(list, (one, index) => ({
            ...one,
            destination: resolveDestination(one.destination, namespace, `${path}.${field}[${index}].destination`, faults),
        }));
    return {
        ...matchesOfRoute(route),
        ...rest,
        ...(to ? { route: resolved(to, "route") } : {}),
        ...(mirror ? { mirror: resolveDestination(mirror, namespace, `${path}.mirror`, faults) } : {}),
        ...(mirrors ? { mirrors: resolved(mirrors, "mirrors") } : {}),
    } as HTTPRoute;
}
