/**
 * The pools that the primary gives out: those that some worker has used up its part of. It gathers what all workers have, fills
 * the pool as time goes by, and gives whole tokens to who asks, in portions that get smaller as the pool gets empty. Who has
 * some that it does not use gives them back before anybody is told that there are none.
 */
import { ASK, partOf, RETURN, type PoolNews, type PoolOrders } from "./pool";
import { account, fillPool, openedPool, outOf, type SharedPool } from "./shared-pool";

const MOST_POOLS = 65_536;
/** A worker that does not give back for so long is not waited for. */
const PATIENCE_MS = 50;
/** Of what is under way nobody knows when it comes back: it is asked for again after so long. */
const ASK_AGAIN_MS = 5;
/** Pools that nobody asked for are looked at so often. */
const REVIEW_MS = 1_000;
const NEARLY = 1e-6;

interface Orders {
    grants: number[];
    collect: number[];
    forget: number[];
}

export interface PoolsOptions {
    readonly workers: number;
    /** False: there is nobody of that number. */
    readonly send: (worker: number, orders: PoolOrders) => boolean;
    readonly now?: () => number;
    readonly mostPools?: number;
    readonly reviewMs?: number;
}

export class Pools {
    readonly #workers: number;
    readonly #send: PoolsOptions["send"];
    readonly #now: () => number;
    readonly #mostPools: number;
    readonly #reviewMs: number;
    readonly #pools = new Map<string, SharedPool>();
    readonly #present = new Set<number>();
    readonly #orders = new Map<number, Orders>();
    #isFlushing = false;
    #review: NodeJS.Timeout | undefined;
    #patience: NodeJS.Timeout | undefined;

    constructor({ workers, send, now = () => performance.now(), mostPools = MOST_POOLS, reviewMs = REVIEW_MS }: PoolsOptions) {
        this.#workers = workers;
        this.#send = send;
        this.#now = now;
        this.#mostPools = mostPools;
        this.#reviewMs = reviewMs;
    }

    get size(): number {
        return this.#pools.size;
    }

    stop(): void {
        clearInterval(this.#review);
        clearTimeout(this.#patience);
    }

    /** It has its part of everything, and gives it up where the pool is given out. */
    entered(worker: number): void {
        this.#present.add(worker);
        this.#orders.delete(worker);
        for (const pool of this.#pools.values()) this.#collect(pool, worker);
    }

    /** What of it was used nobody knows; what was under way there is over. */
    left(worker: number): void {
        this.#present.delete(worker);
        this.#orders.delete(worker);
        for (const pool of this.#pools.values()) {
            pool.asks = pool.asks.filter((ask) => ask.worker !== worker);
            const out = pool.out[worker] ?? 0;
            pool.out[worker] = 0;
            if (pool.rate === 0) pool.level += out;
            this.#given(pool, worker);
        }
    }

    hear(worker: number, { asks, returns }: PoolNews): void {
        for (let at = 0; at < returns.length; at += RETURN) {
            const pool = this.#pools.get(`${returns[at]} ${returns[at + 1]}`);
            if (pool === undefined) continue;
            account(pool, worker, { back: returns[at + 2]!, inUse: returns[at + 3]!, age: returns[at + 4]! }, this.#now());
            this.#given(pool, worker);
        }
        for (let at = 0; at < asks.length; at += ASK) this.#asked(worker, asks, at);
    }

    #asked(worker: number, asks: readonly number[], at: number): void {
        const [id, key, hasPart, has, inUse, age, requests, burst, rate] = asks.slice(at, at + ASK) as [
            ...[number, number, number, number, number, number, number, number, number],
        ];
        const known = this.#pools.get(`${id} ${key}`);
        if (known === undefined && this.#pools.size >= this.#mostPools) {
            this.#grant(worker, id, key, -1, ASK_AGAIN_MS, 0);
            return;
        }
        const pool = known ?? this.#open(id, key, burst, rate, worker);
        // It was full when everybody had their part again, and this worker asked before it heard of that.
        const own = known === undefined && hasPart === 0 ? partOf(burst, worker, this.#workers) + has : has;
        account(pool, worker, { back: own, inUse, age }, this.#now());
        pool.asks.push({ worker, requests: Math.max(1, requests) });
        pool.askedAt = this.#now();
        this.#serve(pool);
    }

    #open(id: number, key: number, burst: number, rate: number, worker: number): SharedPool {
        const pool = openedPool({ id, burst, rate }, key, this.#workers, this.#now());
        this.#pools.set(`${id} ${key}`, pool);
        this.#review ??= setInterval(() => this.#lookThrough(), this.#reviewMs).unref();
        for (const other of this.#present) if (other !== worker) this.#collect(pool, other);
        return pool;
    }

    #collect(pool: SharedPool, worker: number): void {
        if (pool.awaited.size === 0) pool.awaitedSince = this.#now();
        pool.awaited.add(worker);
        this.#ordersFor(worker).collect.push(pool.id, pool.key, pool.burst, pool.rate);
        this.#patience ??= setTimeout(() => this.#waitNoLonger(), PATIENCE_MS).unref();
    }

    /** A worker has given back what it had. */
    #given(pool: SharedPool, worker: number): void {
        if (!pool.awaited.delete(worker) || pool.awaited.size > 0) return;
        this.#gathered(pool);
    }

    #gathered(pool: SharedPool): void {
        pool.isGathered = true;
        pool.gatheredAt = this.#now();
        this.#serve(pool);
    }

    #serve(pool: SharedPool): void {
        if (pool.awaited.size > 0) return;
        fillPool(pool, this.#now());
        pool.isOpening = false;
        while (pool.asks.length > 0) {
            const ask = pool.asks[0]!;
            if (pool.level < 1 && this.#gather(pool, ask.worker)) return;
            pool.asks.shift();
            const portion = Math.max(ask.requests, Math.ceil(pool.level / (2 * this.#workers)));
            const tokens = Math.max(0, Math.min(Math.floor(pool.level), portion));
            pool.level -= tokens;
            pool.out[ask.worker] = (pool.out[ask.worker] ?? 0) + tokens;
            if (tokens > 0) {
                pool.isGathered = false;
                pool.spilt = 0;
            }
            const emptyMs = tokens > 0 ? 0 : pool.rate === 0 ? ASK_AGAIN_MS : Math.max(1, (1 - pool.level) / pool.rate);
            this.#grant(ask.worker, pool.id, pool.key, tokens, emptyMs, Math.max(0, pool.level));
        }
    }

    /** Whether others may have some that they do not use. */
    #gather(pool: SharedPool, worker: number): boolean {
        if (pool.isGathered && (pool.rate > 0 || this.#now() - pool.gatheredAt < ASK_AGAIN_MS)) return false;
        for (const other of this.#present) if (other !== worker && (pool.out[other] ?? 0) > 0) this.#collect(pool, other);
        return pool.awaited.size > 0;
    }

    /** What they have is added when they say it. */
    #waitNoLonger(): void {
        this.#patience = undefined;
        const now = this.#now();
        let isAwaited = false;
        for (const pool of this.#pools.values()) {
            if (pool.awaited.size === 0) continue;
            if (now - pool.awaitedSince < PATIENCE_MS) {
                isAwaited = true;
                continue;
            }
            pool.awaited.clear();
            this.#gathered(pool);
        }
        if (isAwaited) this.#patience ??= setTimeout(() => this.#waitNoLonger(), PATIENCE_MS).unref();
    }

    /** What nobody asks for is given back; of a pool that is full everybody has their part again. */
    #lookThrough(): void {
        const now = this.#now();
        for (const [name, pool] of this.#pools) {
            if (pool.awaited.size > 0 || pool.asks.length > 0 || now - pool.askedAt < this.#reviewMs) continue;
            fillPool(pool, this.#now());
            const isOut = outOf(pool) > 0;
            if (isOut) for (const worker of this.#present) if ((pool.out[worker] ?? 0) > 0) this.#collect(pool, worker);
            if (isOut || pool.level < pool.burst - NEARLY) continue;
            this.#pools.delete(name);
            for (const worker of this.#present) this.#ordersFor(worker).forget.push(pool.id, pool.key);
        }
        if (this.#pools.size > 0) return;
        clearInterval(this.#review);
        this.#review = undefined;
    }

    #grant(worker: number, ...grant: readonly [id: number, key: number, tokens: number, emptyMs: number, rest: number]): void {
        this.#ordersFor(worker).grants.push(...grant);
    }

    #ordersFor(worker: number): Orders {
        let orders = this.#orders.get(worker);
        if (orders === undefined) this.#orders.set(worker, (orders = { grants: [], collect: [], forget: [] }));
        if (!this.#isFlushing) {
            this.#isFlushing = true;
            setImmediate(() => this.#flush());
        }
        return orders;
    }

    /** All of a turn of the event loop at once. */
    #flush(): void {
        this.#isFlushing = false;
        const all = [...this.#orders];
        this.#orders.clear();
        for (const [worker, orders] of all) this.#send(worker, orders);
    }
}
