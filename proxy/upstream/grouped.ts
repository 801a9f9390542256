/** Endpoints by what they have in common, each group in the order of the list. */
import { addTo } from "../../istio/lists-by-key";
import type { Endpoint } from "./endpoint";

export function grouped<K>(list: readonly Endpoint[], keyOf: (one: Endpoint) => K): Map<K, Endpoint[]> {
    const groups = new Map<K, Endpoint[]>();
    for (const one of list) addTo(groups, keyOf(one), one);
    return groups;
}
