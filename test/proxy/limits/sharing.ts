/** Workers and a primary that share limits over messages, in one process and by a clock of its own. */
import { Buckets, Pools, type Bucket, type PoolNews, type PoolOrders, type PoolSpec } from "../../../proxy/limits";

export class Sharing {
    time = 1_000;
    readonly pools: Pools;
    readonly workers: Buckets[];
    /** How many messages went either way. */
    messages = 0;
    /** The primary hears nothing. */
    isStalled = false;
    readonly #late: (() => void)[] = [];

    constructor(workers: number, mostOfLimit?: number) {
        this.pools = new Pools({ workers, reviewMs: 20, now: () => this.time, send: (worker, orders) => this.#order(worker, orders) });
        this.workers = Array.from({ length: workers }, (_none, index) => this.#worker(index + 1, workers, mostOfLimit));
        for (let worker = 1; worker <= workers; worker++) this.pools.entered(worker);
    }

    #worker(worker: number, workers: number, mostOfLimit: number | undefined): Buckets {
        return new Buckets({
            worker,
            workers,
            now: () => this.time,
            send: (news) => this.#tell(worker, news),
            ...(mostOfLimit === undefined ? {} : { mostOfLimit }),
        });
    }

    #order(worker: number, orders: PoolOrders): boolean {
        this.messages++;
        this.workers[worker - 1]!.hear(structuredClone(orders));
        return true;
    }

    #tell(worker: number, news: PoolNews): void {
        this.messages++;
        if (this.isStalled) this.#late.push(() => this.pools.hear(worker, news));
        else this.pools.hear(worker, news);
    }

    recover(): void {
        this.isStalled = false;
        for (const say of this.#late.splice(0)) say();
    }

    /** Its process is gone, and another takes its place. */
    replace(worker: number): void {
        this.pools.left(worker);
        this.workers[worker - 1] = this.#worker(worker, this.workers.length, undefined);
        this.pools.entered(worker);
    }

    /** As a request asks: whether it gets a token. Undefined: it still waits. */
    async ask(worker: number, spec: PoolSpec, key = 0): Promise<Bucket | undefined> {
        const buckets = this.workers[worker - 1]!;
        for (;;) {
            const bucket = buckets.of(spec, key);
            if (buckets.has(bucket, this.time)) {
                buckets.take(bucket, this.time);
                return bucket;
            }
            if (!buckets.mayAsk(bucket, this.time)) return undefined;
            await new Promise<void>((resolve) => void buckets.ask(bucket, resolve));
        }
    }

    async until(condition: () => boolean): Promise<void> {
        while (!condition()) {
            this.time += 1_000;
            await new Promise((resolve) => setTimeout(resolve, 5));
        }
        await this.settle();
    }

    /** Until all has been said. */
    async settle(): Promise<void> {
        for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
}
