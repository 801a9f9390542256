/** A bucket as a worker has it, of one limit and one key. */
import type { PoolSpec } from "./pool";

export interface Bucket {
    readonly limit: Limit;
    readonly key: number;
    level: number;
    /** When it was last filled; of one that the primary gives out: when that was last heard of. */
    at: number;
    /** Taken, and to come back. */
    inUse: number;
    takenAt: number;
    /** The primary gives out its tokens. */
    isLeased: boolean;
    /** The primary is asked for some. */
    isAsked: boolean;
    /** Until then it has none either. */
    emptyUntil: number;
    /** What the pool has besides, as last heard. */
    rest: number;
    /** What a silent primary was not asked for. */
    overdrawn: number;
    waiting: (() => void)[] | undefined;
}

export interface Limit extends PoolSpec {
    /** This worker's part, and what flows into it. */
    readonly part: number;
    readonly partRate: number;
    readonly buckets: Map<number, Bucket>;
}

/** With the worker's part in it. */
export function openedBucket(limit: Limit, key: number, now: number): Bucket {
    return {
        limit,
        key,
        level: limit.part,
        at: now,
        inUse: 0,
        takenAt: now,
        isLeased: false,
        isAsked: false,
        emptyUntil: 0,
        rest: 0,
        overdrawn: 0,
        waiting: undefined,
    };
}

/** Lets in what flows into a worker's part as time goes by, and says how much that was. */
export function fill(bucket: Bucket, now: number): number {
    const { part, partRate } = bucket.limit;
    const elapsed = now - bucket.at;
    bucket.at = now;
    // A clock that goes back brings nothing, and takes nothing away.
    if (elapsed <= 0 || bucket.level >= part) return 0;
    const more = Math.min(part - bucket.level, elapsed * partRate);
    bucket.level += more;
    return more;
}
