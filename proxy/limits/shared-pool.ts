/** A pool as the primary has it, of one limit and one key: what is in it, and what of it workers have. */
import type { PoolSpec } from "./pool";

export interface PoolAsk {
    readonly worker: number;
    readonly requests: number;
}

export interface SharedPool extends PoolSpec {
    readonly key: number;
    level: number;
    at: number;
    /** What flowed in beyond what may be there as long as tokens are out. */
    spilt: number;
    /** By worker, from 1 on. */
    readonly out: number[];
    /** Nobody knows yet what there is: it still flows into the workers' parts. */
    isOpening: boolean;
    /** Workers that are to give back. */
    readonly awaited: Set<number>;
    awaitedSince: number;
    /** All have given back, and nothing was given out since. */
    isGathered: boolean;
    gatheredAt: number;
    asks: PoolAsk[];
    askedAt: number;
}

/** Nothing is known to be in it yet. */
export function openedPool({ id, burst, rate }: PoolSpec, key: number, workers: number, now: number): SharedPool {
    return {
        id,
        key,
        burst,
        rate,
        level: 0,
        at: now,
        spilt: 0,
        isOpening: true,
        out: Array.from({ length: workers + 1 }, () => 0),
        awaited: new Set(),
        awaitedSince: now,
        isGathered: false,
        gatheredAt: now,
        asks: [],
        askedAt: now,
    };
}

/** What a worker says of its part: what comes back, what it has in use, and for how many milliseconds it has taken none. */
export interface PartOfWorker {
    readonly back: number;
    readonly inUse: number;
    readonly age: number;
}

/** What a worker had out is used or comes back. */
export function account(pool: SharedPool, worker: number, { back, inUse, age }: PartOfWorker, now: number): void {
    const out = pool.out[worker] ?? 0;
    fillPool(pool, now);
    pool.out[worker] = inUse;
    // As long as it held them nothing more could flow in; it could since the last of them was used.
    if (pool.rate > 0 && out > 0) {
        const used = Math.max(0, out - Math.max(0, back));
        const late = Math.min(pool.spilt, pool.rate * age, used);
        pool.level += late;
        pool.spilt -= late;
    }
    pool.level = Math.min(pool.level + back, pool.burst - outOf(pool));
}

export function fillPool(pool: SharedPool, now: number): void {
    const flown = pool.isOpening ? 0 : Math.max(0, now - pool.at) * pool.rate;
    pool.at = now;
    const most = pool.burst - outOf(pool);
    const level = Math.min(Math.max(most, pool.level), pool.level + flown);
    pool.spilt = Math.min(pool.burst, pool.spilt + flown - (level - pool.level));
    pool.level = level;
}

export function outOf({ out }: SharedPool): number {
    let sum = 0;
    for (let at = 1; at < out.length; at++) sum += out[at]!;
    return sum;
}
