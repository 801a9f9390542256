/**
 * What is taken from the buckets of a worker, and what the worker says of them to the primary, which shares out a limit among
 * the workers. Hot path: a token is taken by a subtraction.
 */
import { fill, type Bucket } from "./bucket";
import { BucketTable, type BucketTableOptions } from "./bucket-table";
import { COLLECT, FORGET, GRANT, type PoolNews, type PoolOrders, type PoolSpec } from "./pool";

/** So long a request waits for the primary; then, and until it answers, a worker goes by its own part. */
const PATIENCE_MS = 100;

export interface BucketsOptions extends Omit<BucketTableOptions, "now"> {
    readonly now?: () => number;
    readonly send?: (news: PoolNews) => void;
}

export class Buckets {
    readonly now: () => number;
    readonly #workers: number;
    readonly #send: (news: PoolNews) => void;
    readonly #table: BucketTable;
    #asks: number[] = [];
    #returns: number[] = [];
    #isFlushing = false;
    /** Asked, and not answered. */
    readonly #asked = new Set<Bucket>();
    readonly #overdrawn = new Set<Bucket>();
    #patience: NodeJS.Timeout | undefined;
    #isSilent = false;

    constructor({ worker, workers, now = () => performance.now(), send = () => undefined, mostOfLimit }: BucketsOptions) {
        this.now = now;
        this.#workers = workers;
        this.#send = send;
        this.#table = new BucketTable({ worker, workers, now, mostOfLimit });
    }

    /** These limits there are. Those that there were and are not any more are gone; whoever waits there is judged anew. */
    keep(ids: ReadonlySet<number>): void {
        for (const bucket of this.#table.keep(ids)) this.#answered(bucket);
    }

    get size(): number {
        return this.#table.size;
    }

    /** How often a key had to share a bucket with others. */
    get shared(): number {
        return this.#table.shared;
    }

    of(spec: PoolSpec, key: number): Bucket {
        return this.#table.of(spec, key);
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
        for (const bucket of this.#overdrawn) this.#giveUp(bucket);
        this.#overdrawn.clear();
        for (let at = 0; at < grants.length; at += GRANT) {
            const bucket = this.#table.find(grants[at]!, grants[at + 1]!);
            if (bucket !== undefined) this.#granted(bucket, grants[at + 2]!, grants[at + 3]!, grants[at + 4]!);
        }
        for (let at = 0; at < collect.length; at += COLLECT) {
            const [id, key] = [collect[at]!, collect[at + 1]!];
            const bucket = this.#table.own({ id, burst: collect[at + 2]!, rate: collect[at + 3]! }, key);
            if (bucket !== undefined) this.#giveUp(bucket);
            else this.#giveBackNothing(id, key);
        }
        for (let at = 0; at < forget.length; at += FORGET) {
            const bucket = this.#table.find(forget[at]!, forget[at + 1]!);
            // One that asks meanwhile is told what came of it.
            if (bucket !== undefined && !bucket.isAsked && bucket.inUse === 0) this.#table.forget(bucket);
        }
    }

    /** Of a silent primary as much as would be this worker's part. */
    #fill(bucket: Bucket, now: number): void {
        const more = fill(bucket, now);
        if (more === 0 || !bucket.isLeased) return;
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

    #giveUp(bucket: Bucket): void {
        const now = this.now();
        if (!bucket.isLeased) this.#fill(bucket, now);
        this.#returns.push(bucket.limit.id, bucket.key, bucket.level - bucket.overdrawn, bucket.inUse, now - bucket.takenAt);
        bucket.level = 0;
        bucket.overdrawn = 0;
        bucket.isLeased = true;
        bucket.at = now;
        this.#flush();
    }

    #giveBackNothing(id: number, key: number): void {
        this.#returns.push(id, key, 0, 0, 0);
        this.#flush();
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
