/**
 * What zones of a region get (Envoy's zone aware routing): the own one as much as it can carry, the others what is left, by what
 * each can carry beyond the load of its own zone. As many proxies are taken to run in one zone as in another, which is how
 * gateways are spread: an equal part of the load is every zone's own.
 */
import type { ZoneAwareEntry } from "../tables";
import type { Endpoint } from "./endpoint";
import { grouped } from "./grouped";

export interface ZoneShare {
    readonly list: readonly Endpoint[];
    readonly share: number;
}

/** Undefined: zones make no difference, as there are too few endpoints, or none in our zone or outside of it. */
export function zoneShares(list: readonly Endpoint[], { zone, minClusterSize }: ZoneAwareEntry): readonly ZoneShare[] | undefined {
    if (list.length < minClusterSize) return undefined;
    const zones = grouped(list, ({ locality }) => zoneOf(locality));
    const own = zones.get(zone);
    if (own === undefined || zones.size === 1) return undefined;
    const due = 1 / zones.size;
    const spare = (some: readonly Endpoint[]): number => some.length / list.length - due;
    if (spare(own) >= 0) return [{ list: own, share: 1 }];
    const kept = own.length / list.length / due;
    const others = [...zones.values()].filter((some) => some !== own && spare(some) > 0);
    const total = others.reduce((sum, some) => sum + spare(some), 0);
    return [{ list: own, share: kept }, ...others.map((some) => ({ list: some, share: ((1 - kept) * spare(some)) / total }))];
}

function zoneOf(locality: string): string {
    return locality.split("/", 2).join("/");
}
