/**
 * A ring of hashes (Karger et al.): each endpoint owns points on it, and a client goes to the owner of the first point from
 * its own hash on. How many points an endpoint has depends on its share alone while there are not very many endpoints, and its
 * points on its address alone: one that comes takes clients from others, one that goes leaves its own to others, and
 * nobody else moves. What is made anew on a change are the points of those that changed; the rest is merged.
 *
 * Hot path: `find` is a binary search over integers.
 */
import type { Endpoint } from "./endpoint";
import { isSame, type HashTable } from "./hash-table";
import { hashText, mix } from "../net/hash-text";

/** Of an endpoint of a middling share: then shares differ by some 9 per cent from what they should be. */
const POINTS = 128;
/** With very many endpoints each has fewer points; and nobody can ask for more. */
const MAX_POINTS = 2 ** 18;
/** Two points of one value are rare; a number of 52 bits holds a point and its owner. */
const OWNERS = 2 ** 20;
const GOLDEN = 0x9e3779b9;

interface Owner {
    readonly endpoint: Endpoint;
    readonly slot: number;
    points: number;
}

export class HashRing implements HashTable {
    readonly #least: number;
    #held: readonly Endpoint[] = [];
    #shares: readonly number[] = [];
    readonly #owners = new Map<Endpoint, Owner>();
    /** By slot. */
    #endpoints: (Endpoint | undefined)[] = [];
    #free: number[] = [];
    /** Ascending, with the slot of each one's owner. */
    #points = new Uint32Array(0);
    #slots = new Uint32Array(0);

    /** `least`: points there must be at least, over all endpoints. */
    constructor(least: number) {
        this.#least = least;
    }

    hold(endpoints: readonly Endpoint[], shareOf: (one: Endpoint) => number): void {
        const shares = endpoints.map(shareOf);
        if (isSame(endpoints, this.#held) && isSame(shares, this.#shares)) return;
        this.#held = endpoints;
        this.#shares = shares;
        const counts = this.#countsOf(endpoints, shares);
        /** By slot: its points are not to be taken over. */
        const isGone = new Uint8Array(this.#endpoints.length);
        for (const [endpoint, { slot, points }] of this.#owners) {
            const count = counts.get(endpoint);
            if (count === points) continue;
            isGone[slot] = 1;
            if (count === undefined) this.#forget(endpoint, slot);
        }
        const changed: Owner[] = [];
        let made = 0;
        for (const [endpoint, count] of counts) {
            const owner = this.#owners.get(endpoint) ?? this.#enter(endpoint);
            if (owner.points === count) continue;
            owner.points = count;
            changed.push(owner);
            made += count;
        }
        this.#merge(isGone, pointsOf(changed, made));
    }

    find(hash: number, takes: (one: Endpoint) => boolean): Endpoint | undefined {
        const points = this.#points;
        const { length } = points;
        let low = 0;
        let high = length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if (points[middle]! < hash) low = middle + 1;
            else high = middle;
        }
        let refused = -1;
        for (let step = 0, at = low; step < length; step++, at++) {
            if (at >= length) at = 0;
            const slot = this.#slots[at]!;
            if (slot === refused) continue;
            const endpoint = this.#endpoints[slot]!;
            if (takes(endpoint)) return endpoint;
            refused = slot;
        }
        return undefined;
    }

    #countsOf(endpoints: readonly Endpoint[], shares: readonly number[]): Map<Endpoint, number> {
        const middling = shares.reduce((sum, share) => sum + share, 0) / endpoints.length;
        const wanted = Math.max(POINTS, this.#least / endpoints.length);
        const each = Math.min(wanted, MAX_POINTS / endpoints.length);
        // A part of a point goes to some endpoints and not to others, always to the same: no count jumps for all at once.
        return new Map(
            endpoints.map((one, at) => {
                const exact = (each * shares[at]!) / middling;
                const whole = Math.floor(exact);
                const more = exact > whole && mix(hashText(one.text)) / 2 ** 32 < exact - whole ? 1 : 0;
                return [one, Math.max(1, whole + more)];
            }),
        );
    }

    #enter(endpoint: Endpoint): Owner {
        const slot = this.#free.pop() ?? this.#endpoints.length;
        this.#endpoints[slot] = endpoint;
        const owner = { endpoint, slot, points: 0 };
        this.#owners.set(endpoint, owner);
        return owner;
    }

    #forget(endpoint: Endpoint, slot: number): void {
        this.#owners.delete(endpoint);
        this.#endpoints[slot] = undefined;
        this.#free.push(slot);
    }

    /** What stays of the old points, and the new ones, in order. */
    #merge(isGone: Uint8Array, made: Float64Array): void {
        const [oldPoints, oldSlots] = [this.#points, this.#slots];
        const most = oldPoints.length + made.length;
        const [points, slots] = [new Uint32Array(most), new Uint32Array(most)];
        let [at, fresh] = [0, 0];
        for (let old = 0; old <= oldPoints.length; old++) {
            const isEnd = old === oldPoints.length;
            if (!isEnd && isGone[oldSlots[old]!] === 1) continue;
            const until = isEnd ? Infinity : oldPoints[old]!;
            for (; fresh < made.length; fresh++) {
                const point = Math.floor(made[fresh]! / OWNERS);
                if (point > until) break;
                points[at] = point;
                slots[at++] = made[fresh]! % OWNERS;
            }
            if (isEnd) break;
            points[at] = until;
            slots[at++] = oldSlots[old]!;
        }
        this.#points = points.slice(0, at);
        this.#slots = slots.slice(0, at);
        this.#order(this.#points, this.#slots);
    }

    /** Where two have the same point, it is the same one's in every worker, whoever came first. */
    #order(points: Uint32Array, slots: Uint32Array): void {
        for (let at = 1; at < points.length; at++) {
            for (let to = at; to > 0 && points[to] === points[to - 1] && this.#isBefore(slots[to]!, slots[to - 1]!); to--) {
                [slots[to], slots[to - 1]] = [slots[to - 1]!, slots[to]!];
            }
        }
    }

    #isBefore(slot: number, other: number): boolean {
        return this.#endpoints[slot]!.text < this.#endpoints[other]!.text;
    }
}

/** In order; each in front of its owner, as one number. */
function pointsOf(owners: readonly Owner[], count: number): Float64Array {
    const made = new Float64Array(count);
    let next = 0;
    for (const { endpoint, slot, points } of owners) {
        const seed = hashText(endpoint.text);
        const other = hashText(`${endpoint.text}#`);
        for (let at = 0; at < points; at++) made[next++] = mix(seed ^ mix(Math.imul(at, GOLDEN) + other)) * OWNERS + slot;
    }
    return made.sort();
}
