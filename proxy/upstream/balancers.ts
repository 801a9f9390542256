/**
 * How an endpoint is chosen among those that are alike. Least request takes the less loaded of two drawn by weight, round
 * robin takes turns (smoothly interleaved where weights differ), random draws by weight. Hot path: arrays and integers.
 */
import type { ClusterEntry } from "../tables";
import type { Endpoint } from "./endpoint";
import type { EndpointSet } from "./endpoint-set";

export interface Balancer {
    /** Of a set that is not empty. */
    pick(set: EndpointSet, random: () => number): Endpoint;
}

/** Undefined: a hash decides. */
export function balancer(lb: ClusterEntry["lb"]): Balancer | undefined {
    switch (lb) {
        case "LEAST_REQUEST":
            return leastRequest;
        case "RANDOM":
            return randomly;
        case "ROUND_ROBIN":
            return new RoundRobin();
        case "RING_HASH":
        case "MAGLEV":
            return undefined;
        default:
            return lb satisfies never;
    }
}

/** Where `part` of the whole falls, by sums up to each: the first whose sum is greater. */
export function placeOf(cumulative: readonly number[], part: number): number {
    let low = 0;
    let high = cumulative.length - 1;
    const at = part * cumulative[high]!;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (cumulative[middle]! > at) high = middle;
        else low = middle + 1;
    }
    return low;
}

function draw(set: EndpointSet, random: () => number): Endpoint {
    if (set.equalWeights) return set.list[Math.floor(random() * set.list.length)]!;
    return set.list[placeOf(set.cumulative, random())]!;
}

const randomly: Balancer = { pick: draw };

const leastRequest: Balancer = {
    pick(set, random) {
        if (set.list.length === 1) return set.list[0]!;
        const one = draw(set, random);
        const other = draw(set, random);
        return other.active < one.active ? other : one;
    },
};

class RoundRobin implements Balancer {
    #next = 0;

    pick(set: EndpointSet): Endpoint {
        const list = set.list;
        if (set.equalWeights) return list[this.#next++ % list.length]!;
        let best = list[0]!;
        for (const one of list) {
            one.balance += one.share;
            if (one.balance > best.balance) best = one;
        }
        best.balance -= set.cumulative[list.length - 1]!;
        return best;
    }
}
