/** Endpoints by what they have in common, each group in the order of the list. */
import type { Endpoint } from "./endpoint";

export function grouped<K>(list: readonly Endpoint[], keyOf: (one: Endpoint) => K): Map<K, Endpoint[]> {
    const groups = new Map<K, Endpoint[]>();
    for (const one of list) {
        const key = keyOf(one);
        const group = groups.get(key);
        if (group) group.push(one);
        else groups.set(key, [one]);
    }
    return groups;
}
