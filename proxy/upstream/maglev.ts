/**
 * Maglev's table (Eisenbud et al., NSDI 2016 §3.4): every endpoint has an order of its own over all places and takes the first
 * free one in turn, so that shares are nearly exact. It is made whole, when somebody asks after a change. When an endpoint
 * comes or goes a few clients of others move too; while one is only left out, none does.
 *
 * Hot path: `find` is an index.
 */
import type { Endpoint } from "./endpoint";
import { isSame, type HashTable } from "./hash-table";
import { hashText, mix } from "../net/hash-text";

/** Other places that are tried where the first one's endpoint is not taken, before all endpoints are looked through. */
const TRIES = 16;

export class Maglev implements HashTable {
    /** A prime. */
    readonly #size: number;
    #endpoints: readonly Endpoint[] = [];
    #shares: readonly number[] = [];
    #table: Int32Array | undefined;

    constructor(size: number) {
        this.#size = size;
    }

    hold(endpoints: readonly Endpoint[], shareOf: (one: Endpoint) => number): void {
        const ordered = [...endpoints].sort((a, b) => (a.text < b.text ? -1 : 1));
        const shares = ordered.map(shareOf);
        if (isSame(ordered, this.#endpoints) && isSame(shares, this.#shares)) return;
        this.#endpoints = ordered;
        this.#shares = shares;
        this.#table = undefined;
    }

    find(hash: number, takes: (one: Endpoint) => boolean): Endpoint | undefined {
        const endpoints = this.#endpoints;
        if (endpoints.length === 0) return undefined;
        const table = (this.#table ??= this.#fill());
        let at = hash;
        for (let tried = 0; tried < TRIES; tried++) {
            const endpoint = endpoints[table[at % this.#size]!]!;
            if (takes(endpoint)) return endpoint;
            at = mix(at + 1);
        }
        return this.#search(hash, takes);
    }

    /** Nearly none is taken: each client has an order of its own here too. */
    #search(hash: number, takes: (one: Endpoint) => boolean): Endpoint | undefined {
        let best: Endpoint | undefined;
        let most = -1;
        for (const one of this.#endpoints) {
            if (!takes(one)) continue;
            const rank = mix(hash ^ hashText(one.text));
            if (rank > most) [best, most] = [one, rank];
        }
        return best;
    }

    #fill(): Int32Array {
        const size = this.#size;
        const table = new Int32Array(size).fill(-1);
        const count = this.#endpoints.length;
        const next = Float64Array.from(this.#endpoints, ({ text }) => hashText(text) % size);
        const step = Float64Array.from(this.#endpoints, ({ text }) => (hashText(`${text}#`) % Math.max(1, size - 1)) + 1);
        const most = Math.max(...this.#shares);
        const share = Float64Array.from(this.#shares, (one) => one / most);
        const due = new Float64Array(count);
        for (let filled = 0; ; ) {
            // In each round an endpoint takes as many places as its share is of the greatest one, over rounds.
            for (let at = 0; at < count; at++) {
                due[at]! += share[at]!;
                if (due[at]! < 1 - 1e-9) continue;
                due[at]! -= 1;
                let place = next[at]!;
                while (table[place] !== -1) {
                    place += step[at]!;
                    if (place >= size) place -= size;
                }
                next[at] = place;
                table[place] = at;
                if (++filled === size) return table;
            }
        }
    }
}
