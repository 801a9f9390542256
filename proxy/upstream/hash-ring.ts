/**
 * A ring of hashes (Karger et al.): each endpoint owns points on it, and a client goes to the owner of the first point from
 * its own hash on. How many points an endpoint has depends on its share alone while there are not very many endpoints, and its
 * points on its address alone: one that comes takes clients from others, one that goes leaves its own to others, and
 * nobody else moves. What is made anew on a change are the points of those that changed; the rest is merged.
 *
 * Hot path: `find` is a binary search over integers.
 */
import type { Endpoint } from "./endpoint";
import type { HashTable } from "./hash-table";
import { hashText, mix } from "../net/hash-text";

/** Of an endpoint of a middling share: then shares differ by some 6 per cent from what they should be. */
const POINTS = 256;
/** With very many endpoints each has fewer points; and nobody can ask for more. */
const MAX_POINTS = 2 ** 19;
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
        const changed = new Set<number>();
        for (const [endpoint, { slot, points }] of this.#owners) {
            const count = counts.get(endpoint);
            if (count === points) continue;
            changed.add(slot);
            if (count === undefined) this.#forget(endpoint, slot);
        }
        const made: number[] = [];
        for (const [endpoint, count] of counts) {
            const owner = this.#owners.get(endpoint) ?? this.#enter(endpoint);
            if (owner.points === count) continue;
            owner.points = count;
            addPoints(made, endpoint.text, owner.slot, count);
        }
        this.#merge(changed, Float64Array.from(made).sort());
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
    #merge(gone: ReadonlySet<number>, made: Float64Array): void {
        const [oldPoints, oldSlots] = [this.#points, this.#slots];
        let stays = 0;
        for (const slot of oldSlots) if (!gone.has(slot)) stays++;
        const points = new Uint32Array(stays + made.length);
        const slots = new Uint32Array(stays + made.length);
        let [old, fresh] = [0, 0];
        for (let at = 0; at < points.length; ) {
            if (old < oldPoints.length && gone.has(oldSlots[old]!)) {
                old++;
                continue;
            }
            const next = fresh < made.length ? Math.floor(made[fresh]! / OWNERS) : Infinity;
            const takesOld =
                old < oldPoints.length &&
                (oldPoints[old]! < next || (oldPoints[old] === next && !this.#isBefore(made[fresh]! % OWNERS, oldSlots[old]!)));
            points[at] = takesOld ? oldPoints[old]! : next;
            slots[at] = takesOld ? oldSlots[old++]! : made[fresh++]! % OWNERS;
            at++;
        }
        this.#order(points, slots);
        this.#points = points;
        this.#slots = slots;
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

/** A point in front of its owner, as one number: it sorts by the point. */
function addPoints(made: number[], text: string, slot: number, count: number): void {
    const seed = hashText(text);
    const other = hashText(`${text}#`);
    for (let at = 0; at < count; at++) made.push(mix(seed ^ mix(Math.imul(at, GOLDEN) + other)) * OWNERS + slot);
}

function isSame<T>(some: readonly T[], others: readonly T[]): boolean {
    if (some === others) return true;
    return some.length === others.length && some.every((one, at) => one === others[at]);
}
