/** What exchanges keep limits by: the worker's buckets, and who is told of what they refuse. */
import { Buckets, type Seed } from "../limits";

export interface Limiter {
    buckets: Buckets;
    seed: Seed;
    /** `isShadow`: it would have been refused. */
    rateLimited(limit: string, isShadow: boolean): void;
    concurrencyLimited(limit: string): void;
}

/** Of one process alone, which nobody watches. */
export function ownLimiter(now?: () => number): Limiter {
    return {
        buckets: new Buckets({ worker: 1, workers: 1, ...(now ? { now } : {}) }),
        seed: { first: 1, second: 2 },
        rateLimited: () => undefined,
        concurrencyLimited: () => undefined,
    };
}
