/**
 * What a client's hash is looked up in. It holds every endpoint of a level, also those that are not well: who asks says which
 * it takes, and clients of one that is left out go to others while it is, and no other client moves.
 */
import type { Endpoint } from "./endpoint";

export interface HashTable {
    /** Takes over who there is and with what share; where nothing changed nothing is made. */
    hold(endpoints: readonly Endpoint[], shareOf: (one: Endpoint) => number): void;
    /** The first that is taken, in an order that is the hash's own. Undefined: none is. */
    find(hash: number, takes: (one: Endpoint) => boolean): Endpoint | undefined;
}

/** The same ones in the same order: then there is nothing to make. */
export function isSame<T>(some: readonly T[], others: readonly T[]): boolean {
    if (some === others) return true;
    return some.length === others.length && some.every((one, at) => one === others[at]);
}
