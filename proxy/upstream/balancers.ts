/**
 * How an endpoint is chosen. Least request takes the less loaded of two drawn by weight, round robin takes turns
 * (smoothly interleaved where weights differ), random draws by weight. Hot path: arrays and integers.
 */
import type { ClusterEntry } from "../tables";
import type { UpstreamHost } from "./connection";
import type { Endpoint, EndpointSet } from "./endpoint";

export interface Balancer {
    /** Of a set that is not empty. */
    pick(set: EndpointSet, random: () => number): Endpoint;
}

export function balancer(lb: ClusterEntry["lb"]): Balancer {
    switch (lb) {
        case "LEAST_REQUEST":
            return leastRequest;
        case "RANDOM":
        case "RING_HASH":
        case "MAGLEV":
            return randomly;
        case "ROUND_ROBIN":
            return new RoundRobin();
        default:
            return lb satisfies never;
    }
}

/** Draws that may meet endpoints already tried before the rest is looked through. As Envoy's host attempts. */
const MAX_DRAWS = 5;

/** An endpoint that is not among those to avoid, while there is one. */
export function pickAvoiding(
    using: Balancer,
    set: EndpointSet,
    avoid: readonly UpstreamHost[] | undefined,
    random: () => number,
): Endpoint | undefined {
    if (set.list.length === 0) return undefined;
    const first = using.pick(set, random);
    if (avoid === undefined || !avoid.includes(first)) return first;
    for (let draw = 1; draw < MAX_DRAWS; draw++) {
        const next = using.pick(set, random);
        if (!avoid.includes(next)) return next;
    }
    return set.list.find((one) => !avoid.includes(one)) ?? first;
}

function draw(set: EndpointSet, random: () => number): Endpoint {
    const count = set.list.length;
    if (set.equalWeights) return set.list[Math.floor(random() * count)]!;
    const at = random() * set.cumulative[count - 1]!;
    let low = 0;
    let high = count - 1;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (set.cumulative[middle]! > at) high = middle;
        else low = middle + 1;
    }
    return set.list[low]!;
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
            one.balance += one.weight;
            if (one.balance > best.balance) best = one;
        }
        best.balance -= set.cumulative[list.length - 1]!;
        return best;
    }
}
