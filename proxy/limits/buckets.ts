/**
 * The buckets of a worker. Hot path: a bucket is found by a number, and a token taken from it by a subtraction.
 *
 * Memory is bounded whatever keys clients send. A bucket that is full again is as good as none and makes place. Where all are
 * owing something none is thrown away, or its owner would have a full one again: further keys share some buckets by their hash,
 * so that one may be refused for what another did, and nobody has more than the limit by sending many keys.
 */
import { openedBucket, type Bucket, type Limit } from "./bucket";
import { COLLECT, FORGET, GRANT, partOf, type PoolNews, type PoolOrders, type PoolSpec } from "./pool";

/** Of one limit, and of all of a worker. */
const MOST_OF_LIMIT = 16_384;
const MOST_BUCKETS = 65_536;
/** What further keys share: of a limit that has so many by itself, and of one that has none for all the others. */
const SHARED = 1_024;
const SHARED_BY_LATE = 16;
/** So many are looked at for one to make place. */
const LOOKED_AT = 8;
/** So long a request waits for the primary; then, and until it answers, a worker goes by its own part. */
const PATIENCE_MS = 100;

export interface BucketsOptions {
    /** From 1 on. */
    readonly worker: number;
    readonly workers: number;
    /** Milliseconds that never go back. */
    readonly now?: () => number;
    readonly send?: (news: PoolNews) => void;
    readonly mostOfLimit?: number;
}

export class Buckets {
    readonly now: () => number;
    readonly #worker: number;
    readonly #workers: number;
    readonly #send: (news: PoolNews) => void;
    readonly #mostOfLimit: number;
    readonly #limits = new Map<number, Limit>();
    #kept: ReadonlySet<number> = new Set();
    #count = 0;
    #asks: number[] = [];
    #returns: number[] = [];
    #isFlushing = false;
    /** Asked, and not answered. */
    readonly #asked = new Set<Bucket>();
    readonly #overdrawn = new Set<Bucket>();
    #patience: NodeJS.Timeout | undefined;
    #isSilent = false;
    /** How often a key had to share a bucket with others. */
    shared = 0;

    constructor({ worker, workers, now = () => performance.now(), send = () => undefined, mostOfLimit = MOST_OF_LIMIT }: BucketsOptions) {
        this.now = now;
        this.#worker = worker;
        this.#workers = workers;
        this.#send = send;
        this.#mostOfLimit = mostOfLimit;
    }

    /** These limits there are. Those that there were and are not any more are gone; whoever waits there is judged anew. */
    keep(ids: ReadonlySet<number>): void {
        const before = this.#kept;
        this.#kept = ids;
        for (const id of before) {
            const limit = this.#limits.get(id);
            if (limit === undefined || ids.has(id)) continue;
            this.#limits.delete(id);
            this.#count -= limit.buckets.size;
            for (const bucket of limit.buckets.values()) this.#answered(bucket);
        }
    }

    get size(): number {
        return this.#count;
    }

    of(spec: PoolSpec, key: number): Bucket {
        const limit = this.#limits.get(spec.id) ?? this.#enter(spec);
        return limit.buckets.get(key) ?? this.#open(limit, key);
    }

    /** Whether there is a token, as of now. */
    has(bucket: Bucket, now: number): boolean {
        if (!bucket.isLeased || this.#isSilent) this.#fill(bucket, now);
        return bucket.level >= 1;
    }

    take(bucket: Bucket, now: number): void {
        bucket.level -= 1;
        bucket.takenAt = now;
        if (bucket.limit.rate === 0) bucket.inUse += 1;
    }

    /** Of what is under way. */
    giveBack(bucket: Bucket): void {
        bucket.inUse -= 1;
        bucket.level += 1;
    }

    /** Whether others may have what is missing here. */
    mayAsk(bucket: Bucket, now: number): boolean {
        return this.#workers > 1 && now >= bucket.emptyUntil && !this.#isSilent;
    }

    /** What is given back gives it up. */
    ask(bucket: Bucket, then: () => void): () => void {
        const waiting = (bucket.waiting ??= []);
        waiting.push(then);
        if (!bucket.isAsked) this.#ask(bucket);
        // An answer that is late, or lost, is waited for no longer by who comes after the others.
        else this.#beginPatience();
        return () => {
            const at = waiting.indexOf(then);
            if (at !== -1) waiting.splice(at, 1);
        };
    }

    /** In how many milliseconds there is a token again; of what is under way nobody knows. */
    emptyFor(bucket: Bucket, now: number): number {
        const { rate, partRate } = bucket.limit;
        if (rate === 0) return 0;
        if (bucket.emptyUntil > now) return bucket.emptyUntil - now;
        return Math.max(0, 1 - bucket.level) / (this.#workers > 1 && !this.#isSilent ? rate : partRate);
    }

    /** How many tokens there are, as far as is known here. */
    left(bucket: Bucket): number {
        const { part, burst } = bucket.limit;
        return Math.max(0, Math.floor(bucket.level + (bucket.isLeased ? bucket.rest : burst - part)));
    }

    hear({ grants, collect, forget }: PoolOrders): void {
        this.#isSilent = false;
        for (const { limit, key } of this.#overdrawn) this.#giveUp(limit, key);
        this.#overdrawn.clear();
        for (let at = 0; at < grants.length; at += GRANT) {
            const bucket = this.#limits.get(grants[at]!)?.buckets.get(grants[at + 1]!);
            if (bucket !== undefined) this.#granted(bucket, grants[at + 2]!, grants[at + 3]!, grants[at + 4]!);
        }
        for (let at = 0; at < collect.length; at += COLLECT) {
            const spec = { id: collect[at]!, burst: collect[at + 2]!, rate: collect[at + 3]! };
            this.#giveUp(this.#limits.get(spec.id) ?? this.#enter(spec), collect[at + 1]!);
        }
        for (let at = 0; at < forget.length; at += FORGET) this.#forget(forget[at]!, forget[at + 1]!);
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
        const bucket = openedBucket(limit, key, this.now());
        limit.buckets.set(key, bucket);
        this.#count++;
        return bucket;
    }

    #hasPlace({ buckets, part }: Limit): boolean {
        if (buckets.size < this.#mostOfLimit && this.#count < MOST_BUCKETS) return true;
        const now = this.now();
        let looked = 0;
        for (const [key, bucket] of buckets) {
            buckets.delete(key);
            if (!bucket.isLeased && bucket.inUse === 0) {
                this.#fill(bucket, now);
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

    /** Of a silent primary as much as would be this worker's part. */
    #fill(bucket: Bucket, now: number): void {
        const { part, partRate } = bucket.limit;
        const elapsed = now - bucket.at;
        bucket.at = now;
        // A clock that goes back brings nothing, and takes nothing away.
        if (elapsed <= 0 || bucket.level >= part) return;
        const more = Math.min(part - bucket.level, elapsed * partRate);
        bucket.level += more;
        if (!bucket.isLeased) return;
        bucket.overdrawn += more;
        this.#overdrawn.add(bucket);
    }

    #ask(bucket: Bucket): void {
        const { limit, key, isLeased, level, inUse, overdrawn, takenAt, waiting } = bucket;
        const now = this.now();
        const has = isLeased ? -overdrawn : level;
        this.#asks.push(limit.id, key, isLeased ? 0 : 1, has, inUse, now - takenAt, waiting?.length ?? 1, limit.burst, limit.rate);
        if (!isLeased) bucket.level = 0;
        bucket.overdrawn = 0;
        bucket.isLeased = true;
        bucket.isAsked = true;
        bucket.at = now;
        this.#asked.add(bucket);
        this.#beginPatience();
        this.#flush();
    }

    #beginPatience(): void {
        this.#patience ??= setTimeout(() => this.#lost(), PATIENCE_MS).unref();
    }

    #lost(): void {
        this.#patience = undefined;
        if (this.#asked.size === 0) return;
        this.#isSilent = true;
        for (const bucket of this.#asked) this.#goOn(bucket);
    }

    #granted(bucket: Bucket, tokens: number, emptyMs: number, rest: number): void {
        const now = this.now();
        if (tokens === -1) bucket.isLeased = false;
        else bucket.level += tokens;
        bucket.at = now;
        bucket.rest = rest;
        bucket.emptyUntil = emptyMs > 0 ? now + emptyMs : 0;
        this.#answered(bucket);
    }

    #answered(bucket: Bucket): void {
        bucket.isAsked = false;
        this.#asked.delete(bucket);
        if (this.#asked.size === 0 && this.#patience !== undefined) {
            clearTimeout(this.#patience);
            this.#patience = undefined;
        }
        this.#goOn(bucket);
    }

    #goOn(bucket: Bucket): void {
        const { waiting } = bucket;
        bucket.waiting = undefined;
        if (waiting !== undefined) for (const then of waiting) then();
    }

    #giveUp(limit: Limit, key: number): void {
        const bucket = limit.buckets.get(key) ?? (this.#hasPlace(limit) ? this.#make(limit, key) : undefined);
        const now = this.now();
        if (bucket === undefined) this.#returns.push(limit.id, key, 0, 0, 0);
        else {
            if (!bucket.isLeased) this.#fill(bucket, now);
            this.#returns.push(limit.id, key, bucket.level - bucket.overdrawn, bucket.inUse, now - bucket.takenAt);
            bucket.level = 0;
            bucket.overdrawn = 0;
            bucket.isLeased = true;
            bucket.at = now;
        }
        this.#flush();
    }

    #forget(id: number, key: number): void {
        const limit = this.#limits.get(id);
        const bucket = limit?.buckets.get(key);
        // One that asks meanwhile is told what came of it.
        if (limit === undefined || bucket === undefined || bucket.isAsked || bucket.inUse > 0) return;
        limit.buckets.delete(key);
        this.#count--;
    }

    /** All of a turn of the event loop at once. */
    #flush(): void {
        if (this.#isFlushing) return;
        this.#isFlushing = true;
        setImmediate(() => {
            this.#isFlushing = false;
            const news = { asks: this.#asks, returns: this.#returns };
            this.#asks = [];
            this.#returns = [];
            this.#send(news);
        });
    }
}
