import assert from "node:assert/strict";
import { mock } from "node:test";
import fc from "fast-check";
import { afterEach, beforeEach, describe, it } from "mocha";
import type { ClusterEntry, OutlierEntry } from "../../../proxy/tables";
import { Cluster, connectTcp, createUpstreamServices, type TcpConnectOutcome, type UpstreamEvents } from "../../../proxy/upstream";
import { closedPort } from "../../../harness/ports";
import { eventually } from "../../support/eventually";
import { backend } from "../exchange/harness";
import { cluster as entry, outlier as outlierEntry } from "../snapshot/entries";
import { NotedWaiter } from "./waiters";

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    mock.timers.reset();
});
beforeEach(() => mock.timers.enable({ apis: ["setInterval"] }));

const OUTLIER = outlierEntry(3);

/** Events in short: `out 10.0.0.1 consecutive_5xx 30000`. */
class Told implements UpstreamEvents {
    readonly events: string[] = [];
    ejected(_cluster: string, endpoint: string, cause: string, ms: number): void {
        this.events.push(`out ${endpoint} ${cause} ${ms}`);
    }
    returned(_cluster: string, endpoint: string): void {
        this.events.push(`in ${endpoint}`);
    }
    left(_cluster: string, endpoint: string): void {
        this.events.push(`in ${endpoint}`);
    }
    ejectionSpared(_cluster: string, endpoint: string): void {
        this.events.push(`spared ${endpoint}`);
    }
    checkedUnhealthy(): void {}
    checkedHealthy(): void {}
    retrySpared(): void {}
}

class Rig {
    readonly told = new Told();
    now = 0;
    readonly cluster: Cluster;
    readonly #intervalMs: number;

    constructor(outlier: Partial<OutlierEntry>, addresses: readonly (readonly [string, number])[], more: Partial<ClusterEntry> = {}) {
        this.#intervalMs = outlier.intervalMs ?? OUTLIER.intervalMs;
        const services = createUpstreamServices({ events: this.told, now: () => this.now, random: () => 0.5 });
        const list = { key: "c", endpoints: addresses.map(([address, port]) => ({ address, port, weight: 1 })) };
        this.cluster = new Cluster(services, entry("c", { outlier: { ...OUTLIER, ...outlier }, ...more }), list, new Map());
        closing.push(() => this.cluster.drain());
    }

    /** What the endpoint at this place answers: statuses, `x` for a lost request, `t` for none in time, `c` for a connection. */
    answers(at: number, ...all: readonly (number | "x" | "t" | "c")[]): void {
        const outcomes = this.cluster.members[at]!.outcomes!;
        for (const one of all) {
            if (one === "x") outcomes.failed();
            else if (one === "t") outcomes.timedOut();
            else if (one === "c") outcomes.connected(true);
            else outcomes.answered({ status: one, headers: [], contentLength: 0 });
        }
    }

    /** `ms` later it is looked who may come back. */
    after(ms: number): void {
        this.now += ms;
        mock.timers.tick(this.#intervalMs);
    }

    get out(): number[] {
        return this.cluster.members.flatMap((one, at) => (one.health.ejected ? [at] : []));
    }

    get asked(): number[] {
        return this.cluster.endpoints.list.map((one) => this.cluster.members.indexOf(one));
    }
}

const addresses = (count: number): [string, number][] => Array.from({ length: count }, (_, at) => [`10.0.0.${at + 1}`, 80]);

describe("an endpoint that fails", () => {
    it("is ejected after so many errors in a row, and asked no more", () => {
        const rig = new Rig({}, addresses(4));
        rig.answers(1, 500, 502, 200, 500, 599);
        assert.deepEqual([rig.out, rig.asked], [[], [0, 1, 2, 3]]);
        rig.answers(1, 503);
        assert.deepEqual([rig.out, rig.asked, rig.told.events], [[1], [0, 2, 3], ["out 10.0.0.2:80 consecutive_5xx 30000"]]);
    });

    it("is ejected for what no answer came of, as Envoy counts it: lost as 503, late as 504", () => {
        const kinds: [Partial<OutlierEntry>, (number | "x" | "t" | "c")[], number[]][] = [
            [{}, ["x", "t", "x"], [0]],
            [{}, ["x", "x", "c", "x"], []],
            [{ consecutive5xx: 0 }, ["x", "x", "x", "x", "x", "x", 500], []],
            [{ consecutive5xx: 0, consecutiveGatewayErrors: 2 }, [502, 500, 503, 504], [0]],
            [{ consecutive5xx: 0, consecutiveGatewayErrors: 2 }, [502, 500, 503, 501, 505, 504], []],
            [{ consecutive5xx: 0, consecutiveGatewayErrors: 2 }, ["x", "t"], [0]],
            [{ consecutive5xx: 2, splitExternalLocalOriginErrors: true }, ["x", "x", "t", 500, "x"], []],
            [{ splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2 }, ["x", "t"], [0]],
            [{ splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2 }, ["x", "c", "x", 500, "x"], []],
            [{ splitExternalLocalOriginErrors: true }, [500, "x", 500, "c", 500], [0]],
            [{ errorStatuses: [404, 500] }, [404, 500, 404], [0]],
            [{ errorStatuses: [404, 500] }, [404, 503, 404, 404], []],
            [{ errorStatuses: [404], consecutive5xx: 0, consecutiveGatewayErrors: 2 }, [404, 404, 404], []],
        ];
        for (const [outlier, answers, out] of kinds) {
            const rig = new Rig(outlier, addresses(4));
            rig.answers(0, ...answers);
            assert.deepEqual(rig.out, out, JSON.stringify([outlier, answers]));
        }
    });

    it("is judged by the status of a gRPC call where its head has one", () => {
        const rig = new Rig({ consecutive5xx: 2 }, addresses(2));
        const say = (status: string): void =>
            rig.cluster.members[0]!.outcomes!.answered({ status: 200, headers: ["grpc-status", status], contentLength: -1 });
        for (const fine of ["0", "1", "3", "5", "8", "16"]) {
            say("14");
            say(fine);
        }
        assert.deepEqual(rig.out, []);
        say("14");
        say("4");
        assert.deepEqual(rig.out, [0]);
    });

    it("comes back after the time times how often it was out, and is out less after it was well for a while", () => {
        const rig = new Rig({ consecutive5xx: 1, intervalMs: 10_000 }, addresses(2));
        const out = (ms: number): string => `out 10.0.0.1:80 consecutive_5xx ${ms}`;
        rig.answers(0, 500);
        rig.after(29_999);
        assert.deepEqual(rig.out, [0]);
        rig.after(1);
        assert.deepEqual(rig.out, []);
        rig.answers(0, 500);
        rig.after(59_999);
        assert.deepEqual(rig.out, [0]);
        rig.after(1);
        rig.after(10_000);
        rig.after(10_000);
        rig.answers(0, 500);
        assert.deepEqual(rig.told.events, [out(30_000), "in 10.0.0.1:80", out(60_000), "in 10.0.0.1:80", out(30_000)]);
    });

    it("is never out for more than five minutes, unless the time is longer by itself", () => {
        for (const [baseEjectionTimeMs, most] of [
            [100_000, 300_000],
            [600_000, 600_000],
        ] as const) {
            const rig = new Rig({ consecutive5xx: 1, baseEjectionTimeMs }, addresses(2));
            for (let times = 0; times < 10; times++) {
                rig.answers(0, 500);
                rig.after(most);
            }
            assert.equal(rig.told.events.at(-2), `out 10.0.0.1:80 consecutive_5xx ${most}`);
        }
    });

    it("is spared where as many are out as may be; one may always be where another is well", () => {
        const rows: [count: number, percent: number, out: number][] = [
            [4, 10, 1],
            [4, 49, 1],
            [4, 50, 2],
            [4, 75, 3],
            [4, 100, 4],
            [1, 10, 0],
            [1, 99, 0],
            [1, 100, 1],
            [2, 10, 1],
            [10, 25, 2],
        ];
        for (const [count, maxEjectionPercent, out] of rows) {
            const rig = new Rig({ maxEjectionPercent }, addresses(count));
            for (let at = 0; at < count; at++) rig.answers(at, 500, 500, 500);
            assert.equal(rig.out.length, out, `${count} at ${maxEjectionPercent} %`);
            assert.equal(rig.told.events.filter((event) => event.startsWith("spared")).length, count - out);
        }
    });

    it("is asked all the same where too few are well", () => {
        const rig = new Rig({}, addresses(4), { panicPercent: 50 });
        rig.answers(0, 500, 500, 500);
        rig.answers(1, 500, 500, 500);
        assert.deepEqual(rig.asked, [2, 3]);
        rig.answers(2, 500, 500, 500);
        assert.deepEqual(
            [rig.out, rig.asked],
            [
                [0, 1, 2],
                [0, 1, 2, 3],
            ],
        );
    });

    it("stays out when the list of endpoints or the rule changes, and comes back when nobody watches any more", () => {
        const rig = new Rig({ consecutive5xx: 1 }, addresses(3));
        rig.answers(0, 500);
        rig.cluster.setEndpoints({ key: "c", endpoints: addresses(4).map(([address, port]) => ({ address, port, weight: 1 })) });
        assert.deepEqual([rig.out, rig.asked], [[0], [1, 2, 3]]);
        rig.answers(3, 500);
        rig.cluster.update(entry("c", { outlier: { ...OUTLIER, consecutive5xx: 2 } }), new Map());
        rig.answers(1, 500);
        assert.deepEqual(rig.out, [0, 3]);
        rig.cluster.update(entry("c"), new Map());
        assert.deepEqual([rig.out, rig.asked], [[], [0, 1, 2, 3]]);
        assert.deepEqual(rig.told.events.slice(-2), ["in 10.0.0.1:80", "in 10.0.0.4:80"]);
    });

    it("is counted as many times out as in, whatever comes", () => {
        const step = fc.oneof(
            fc.record({ at: fc.nat(4), answer: fc.constantFrom<number | "x" | "t">(200, 500, 503, "x", "t") }),
            fc.record({ later: fc.integer({ min: 1, max: 90_000 }) }),
            fc.record({ count: fc.integer({ min: 1, max: 5 }) }),
        );
        fc.assert(
            fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 100 }), (steps, maxEjectionPercent) => {
                const rig = new Rig({ consecutive5xx: 2, maxEjectionPercent, intervalMs: 10_000 }, addresses(5));
                for (const one of steps) {
                    if ("later" in one) rig.after(one.later);
                    else if ("count" in one)
                        rig.cluster.setEndpoints({
                            key: "c",
                            endpoints: addresses(one.count).map(([address, port]) => ({ address, port, weight: 1 })),
                        });
                    else if (one.at < rig.cluster.members.length) rig.answers(one.at, one.answer);
                    const count = rig.cluster.members.length;
                    if ("at" in one)
                        assert.ok(rig.out.length <= Math.max(1, (count * maxEjectionPercent) / 100) || maxEjectionPercent === 100);
                    assert.deepEqual(
                        rig.asked,
                        [...rig.cluster.members.keys()].filter((at) => !rig.out.includes(at)),
                    );
                }
                rig.cluster.drain();
                const [out, back] = ["out", "in"].map((word) => rig.told.events.filter((event) => event.startsWith(`${word} `)).length);
                assert.equal(out, back);
            }),
            { numRuns: 60 },
        );
    });

    it("is ejected for connections that it does not take, and who waits goes to the others", async () => {
        const up = await backend((socket) => socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")));
        closing.push(() => up.close());
        const both = [await closedPort(), up.port].map((port): [string, number] => ["127.0.0.1", port]);
        const rig = new Rig({ consecutive5xx: 1 }, both, { lb: "ROUND_ROBIN" });
        const results = await Promise.all(Array.from({ length: 20 }, () => new NotedWaiter(rig.cluster).answered()));
        await eventually(() => assert.deepEqual(rig.out, [0]));
        assert.deepEqual(results.map((one) => one.failure).filter(Boolean), [], "who waited for it lost nothing");
        assert.equal((await new NotedWaiter(rig.cluster).get()).status, 200);
    });

    it("is ejected for connections of TCP likewise", async () => {
        const rig = new Rig({ consecutive5xx: 2 }, [["127.0.0.1", await closedPort()]]);
        for (let times = 0; times < 2; times++) {
            const outcome = await new Promise<TcpConnectOutcome>((done) => {
                connectTcp(new Map([["c", rig.cluster]]), "c", {}, done);
            });
            assert.equal(outcome.kind, "failed");
        }
        assert.deepEqual(rig.out, [0]);
    });
});
