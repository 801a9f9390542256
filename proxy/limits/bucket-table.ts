/**
 * Which buckets a worker has. Hot path: one is found by two numbers.
 *
 * Memory is bounded whatever keys clients send. A bucket that is full again is as good as none and makes place. Where all are
 * owing something none is thrown away, or its owner would have a full one again: further keys share some buckets by their hash,
 * so that one may be refused for what another did, and nobody has more than the limit by sending many keys.
 */
import { fill, openedBucket, type Bucket, type Limit } from "./bucket";
import { partOf, type PoolSpec } from "./pool";

/** Of one limit, and of all of a worker. */
const MOST_OF_LIMIT = 16_384;
const MOST_BUCKETS = 65_536;
/** What further keys share: of a limit that has so many by itself, and of one that has none for all the others. */
const SHARED = 1_024;
const SHARED_BY_LATE = 16;
/** So many are looked at for one to make place. */
const LOOKED_AT = 8;

export interface BucketTableOptions {
    /** From 1 on. */
    readonly worker: number;
    readonly workers: number;
    /** Milliseconds that never go back. */
    readonly now: () => number;
    readonly mostOfLimit?: number | undefined;
}

export class BucketTable {
    readonly #worker: number;
    readonly #workers: number;
    readonly #now: () => number;
    readonly #mostOfLimit: number;
    readonly #limits = new Map<number, Limit>();
    #kept: ReadonlySet<number> = new Set();
    #count = 0;
    /** How often a key had to share a bucket with others. */
    shared = 0;

    constructor({ worker, workers, now, mostOfLimit = MOST_OF_LIMIT }: BucketTableOptions) {
        this.#worker = worker;
        this.#workers = workers;
        this.#now = now;
        this.#mostOfLimit = mostOfLimit;
    }

    get size(): number {
        return this.#count;
    }

    /** These limits there are. Gives the buckets of those that there were and are not any more. */
    keep(ids: ReadonlySet<number>): readonly Bucket[] {
        const before = this.#kept;
        this.#kept = ids;
        const gone: Bucket[] = [];
        for (const id of before) {
            const limit = this.#limits.get(id);
            if (limit === undefined || ids.has(id)) continue;
            this.#limits.delete(id);
            this.#count -= limit.buckets.size;
            for (const bucket of limit.buckets.values()) gone.push(bucket);
        }
        return gone;
    }

    /** Its own, or, where there is no place for one more, one that others share. */
    of(spec: PoolSpec, key: number): Bucket {
        const limit = this.#limits.get(spec.id) ?? this.#enter(spec);
        return limit.buckets.get(key) ?? this.#open(limit, key);
    }

    /** Its own; undefined: there is no place for one more. */
    own(spec: PoolSpec, key: number): Bucket | undefined {
        const limit = this.#limits.get(spec.id) ?? this.#enter(spec);
        return limit.buckets.get(key) ?? (this.#hasPlace(limit) ? this.#make(limit, key) : undefined);
    }

    /** One that there is. */
    find(id: number, key: number): Bucket | undefined {
        return this.#limits.get(id)?.buckets.get(key);
    }

    forget({ limit, key }: Bucket): void {
        if (limit.buckets.delete(key)) this.#count--;
    }

    #enter(spec: PoolSpec): Limit {
        const part = partOf(spec.burst, this.#worker, this.#workers);
        const limit = { ...spec, part, partRate: spec.rate / this.#workers, buckets: new Map<number, Bucket>() };
        this.#limits.set(spec.id, limit);
        return limit;
    }

    #open(limit: Limit, key: number): Bucket {
        if (this.#hasPlace(limit)) return this.#make(limit, key);
        this.shared++;
        const common = -1 - (key % (limit.buckets.size < this.#mostOfLimit ? SHARED_BY_LATE : SHARED));
        return limit.buckets.get(common) ?? this.#make(limit, common);
    }

    #make(limit: Limit, key: number): Bucket {
        const bucket = openedBucket(limit, key, this.#now());
        limit.buckets.set(key, bucket);
        this.#count++;
        return bucket;
    }

    #hasPlace({ buckets, part }: Limit): boolean {
        if (buckets.size < this.#mostOfLimit && this.#count < MOST_BUCKETS) return true;
        const now = this.#now();
        let looked = 0;
        for (const [key, bucket] of buckets) {
            buckets.delete(key);
            if (!bucket.isLeased && bucket.inUse === 0) {
                fill(bucket, now);
                if (bucket.level >= part) {
                    this.#count--;
                    return true;
                }
            }
            // Looked at again when all others were.
            buckets.set(key, bucket);
            if (++looked === LOOKED_AT) return false;
        }
        return false;
    }
}
