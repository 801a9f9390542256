/** Buckets of one worker and of several: what they let through, whoever asks where and when. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { afterEach, describe, it } from "mocha";
import { Buckets, partOf, type PoolSpec } from "../../../proxy/limits";
import { Sharing } from "./sharing";

const spec = (burst: number, rate: number, id = 1): PoolSpec => ({ id, burst, rate });

describe("a bucket", () => {
    it("lets through no more than its burst and what flows in, whatever the clock does", () => {
        const steps = fc.array(fc.tuple(fc.integer({ min: -500, max: 2_000 }), fc.integer({ min: 1, max: 5 })), { maxLength: 60 });
        fc.assert(
            fc.property(steps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 50 }), (asked, burst, perSecond) => {
                let time = 0;
                let forth = 0;
                const buckets = new Buckets({ worker: 1, workers: 1, now: () => time });
                const one = spec(burst, perSecond / 1_000);
                let passed = 0;
                for (const [elapsed, requests] of asked) {
                    time += elapsed;
                    forth += Math.max(0, elapsed);
                    for (let at = 0; at < requests; at++) {
                        const bucket = buckets.of(one, 7);
                        if (!buckets.has(bucket, time)) continue;
                        buckets.take(bucket, time);
                        passed++;
                    }
                    assert.ok(passed <= burst + (forth * perSecond) / 1_000 + 1e-6);
                }
            }),
        );
    });

    it("is full again after a pause, and says when it has a token", () => {
        let time = 0;
        const buckets = new Buckets({ worker: 1, workers: 1, now: () => time });
        const one = spec(2, 0.001);
        const bucket = buckets.of(one, 1);
        for (let at = 0; at < 2; at++) buckets.take(bucket, time);
        assert.equal(buckets.has(bucket, time), false);
        assert.equal(buckets.emptyFor(bucket, time), 1_000);
        time = 999;
        assert.equal(buckets.has(bucket, time), false);
        time = 1_000;
        assert.equal(buckets.has(bucket, time), true);
        assert.equal(buckets.left(bucket), 1);
        time = 60_000;
        assert.equal(buckets.has(bucket, time), true);
        assert.equal(buckets.left(bucket), 2);
    });
});

describe("buckets of keys without number", () => {
    it("are bounded, and none that owes something is thrown away", () => {
        let time = 0;
        const buckets = new Buckets({ worker: 1, workers: 1, now: () => time, mostOfLimit: 100 });
        const one = spec(1, 0.000_001);
        const own = buckets.of(one, 5);
        buckets.take(own, time);
        for (let key = 1_000; key < 60_000; key++) {
            const bucket = buckets.of(one, key);
            if (buckets.has(bucket, time)) buckets.take(bucket, time);
        }
        assert.ok(buckets.size <= 100 + 1_024, String(buckets.size));
        assert.ok(buckets.shared > 0);
        assert.equal(buckets.of(one, 5), own);
        assert.equal(buckets.has(own, time), false);
        // Two keys of one shared bucket have one budget.
        assert.equal(buckets.of(one, 100_000), buckets.of(one, 100_000 + 1_024));
        time = 2_000_000_000;
        assert.notEqual(buckets.of(one, 200_000), buckets.of(one, 200_000 + 1_024), "what is full again makes place");
    });

    it("of limits that are no more are gone", () => {
        const buckets = new Buckets({ worker: 1, workers: 1 });
        buckets.keep(new Set([1, 2]));
        for (let key = 0; key < 10; key++) for (const id of [1, 2]) buckets.of(spec(1, 1, id), key);
        buckets.keep(new Set([2]));
        assert.equal(buckets.size, 10);
    });
});

describe("a limit that workers share", () => {
    let sharing: Sharing | undefined;
    const share = (workers: number, most?: number): Sharing => (sharing = new Sharing(workers, most));
    afterEach(() => {
        sharing?.pools.stop();
        sharing = undefined;
    });

    it("is in as many parts as there are workers", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 64 }), (burst, workers) => {
                const parts = Array.from({ length: workers }, (_none, index) => partOf(burst, index + 1, workers));
                assert.equal(
                    parts.reduce((sum, part) => sum + part, 0),
                    burst,
                );
            }),
        );
    });

    it("is all of one connection's, which asks the others for their parts once", async () => {
        const s = share(4);
        const one = spec(20, 0);
        for (let at = 0; at < 5; at++) assert.ok(await s.ask(2, one));
        assert.equal(s.messages, 0, "its own part costs no message");
        let passed = 5;
        while (await s.ask(2, spec(20, 0.000_001))) passed++;
        assert.equal(passed, 20);
    });

    it("never lets through more than it has, nor refuses who could have it, wherever they ask", async () => {
        const turns = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 4 })), {
            maxLength: 40,
        });
        await fc.assert(
            fc.asyncProperty(turns, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 4 }), async (asked, burst, workers) => {
                const s = share(workers);
                const perMs = 0.01;
                // The bucket that all of it should be.
                let level = burst;
                let at = s.time;
                for (const [worker, elapsed, requests] of asked) {
                    s.time += elapsed;
                    for (let count = 0; count < requests; count++) {
                        level = Math.min(burst, level + (s.time - at) * perMs);
                        at = s.time;
                        const passed = (await s.ask(1 + (worker % workers), spec(burst, perMs))) !== undefined;
                        if (passed) level -= 1;
                        assert.ok(level >= -1e-6, "more than there is");
                        // What flows into a part that is full while another is not is all that can be missing.
                        if (!passed) assert.ok(level < burst + 1, "refused a full bucket");
                    }
                }
                s.pools.stop();
            }),
            { numRuns: 40 },
        );
    });

    it("refuses nobody as long as there is a token anywhere", async () => {
        const s = share(4);
        const one = spec(10, 1e-9);
        const passed: number[] = [];
        for (let at = 0; at < 12; at++) {
            const worker = 1 + (at % 4);
            if (await s.ask(worker, one)) passed.push(at);
        }
        assert.deepEqual(
            passed,
            Array.from({ length: 10 }, (_none, at) => at),
        );
    });

    it("of what is under way is given back, and found again by others", async () => {
        const s = share(2);
        const one = spec(3, 0);
        const taken = [await s.ask(1, one), await s.ask(1, one), await s.ask(1, one)];
        assert.ok(taken.every((bucket) => bucket !== undefined));
        assert.equal(await s.ask(2, one), undefined);
        s.workers[0]!.giveBack(taken[0]!);
        s.time += 10;
        assert.ok(await s.ask(2, one));
        s.time += 10;
        assert.equal(await s.ask(1, one), undefined);
    });

    it("counts what a worker that died had under way as over", async () => {
        const s = share(2);
        const one = spec(4, 0);
        for (let at = 0; at < 4; at++) assert.ok(await s.ask(1, one));
        s.replace(1);
        await s.settle();
        s.time += 10;
        let passed = 0;
        for (let at = 0; at < 6; at++) if (await s.ask(2, one)) passed++;
        assert.equal(passed, 4);
        assert.equal(await s.ask(1, one), undefined, "the new worker has no part that is given out");
    });

    it("is each worker's part while the primary is silent, and what that lets through is told it", async () => {
        const s = share(2);
        const one = spec(10, 0.01);
        s.isStalled = true;
        let passed = 0;
        for (let at = 0; at < 8; at++) if (await s.ask(1, one)) passed++;
        assert.equal(passed, 5, "its own part");
        s.time += 200;
        for (let at = 0; at < 8; at++) if (await s.ask(1, one)) passed++;
        assert.equal(passed, 6, "half of what flowed in");
        s.recover();
        await s.settle();
        for (let at = 0; at < 12; at++) if (await s.ask(1, one)) passed++;
        await s.settle();
        assert.ok(passed >= 10 && passed <= 12, String(passed));
    });

    it("keeps nobody waiting for an answer that does not come, whatever else the primary says meanwhile", async () => {
        const buckets = new Buckets({ worker: 1, workers: 2 });
        const bucket = buckets.of(spec(2, 0.000_001), 1);
        buckets.take(bucket, buckets.now());
        const goesOn = (): Promise<void> => new Promise((resolve) => void buckets.ask(bucket, resolve));
        await goesOn();
        buckets.hear({ grants: [], collect: [], forget: [] });
        assert.ok(buckets.mayAsk(bucket, buckets.now()));
        await goesOn();
        assert.equal(buckets.mayAsk(bucket, buckets.now()), false);
    });

    it("is forgotten when it is full and nobody has any of it", async () => {
        const s = share(2);
        const one = spec(2, 0.1);
        for (let at = 0; at < 3; at++) await s.ask(1, one);
        assert.equal(s.pools.size, 1);
        s.time += 60_000;
        await s.until(() => s.pools.size === 0);
        assert.equal(s.pools.size, 0);
        assert.equal(s.workers[0]!.size, 0);
    });
});
