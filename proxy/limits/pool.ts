/**
 * What processes share of a limit. A pool is one bucket of one limit, known by the limit and the key; its tokens are `burst`
 * at most, and flow in evenly. Of a limit of what is under way nothing flows in: what was taken comes back.
 *
 * By itself each worker has its part of a pool's tokens, and asks nobody. Who has none left asks the primary, which gathers
 * what the others have and gives out of that from then on, until the pool is full and nobody holds any of it: then everybody
 * has their part again. So no token is in two places, and none lies where nobody may have it.
 */

/** What all pools of a limit have in common. */
export interface PoolSpec {
    /** Of the limit, the same in all processes. */
    readonly id: number;
    readonly burst: number;
    /** Tokens a millisecond; 0: what is taken comes back. */
    readonly rate: number;
}

/** Whole tokens, so that all parts together are the pool; `worker` counts from 1. */
export function partOf(burst: number, worker: number, workers: number): number {
    return Math.floor((burst + workers - worker) / workers);
}

/** Numbers in a row, so many for each. */
export const ASK = 9;
export const RETURN = 5;
export const GRANT = 5;
export const COLLECT = 4;
export const FORGET = 2;

/** What a worker says. */
export interface PoolNews {
    /**
     * Pool and key; 1 where the worker has its part by itself, else 0; what it has, below 0 what it has overdrawn; how many it
     * has in use; for how many milliseconds it has taken none; for how many requests it asks; burst and rate of the limit.
     */
    readonly asks: readonly number[];
    /** Pool and key; what is given back; how many are in use; for how many milliseconds none was taken. */
    readonly returns: readonly number[];
}

/** What the primary says. */
export interface PoolOrders {
    /** Pool and key; how many tokens; -1: the worker keeps its part. Where none: for how many milliseconds; what the pool has left. */
    readonly grants: readonly number[];
    /** Pool and key, burst and rate of the limit: what is there of it is to be given back. */
    readonly collect: readonly number[];
    /** Pool and key: everybody has their part again. */
    readonly forget: readonly number[];
}
