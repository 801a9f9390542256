/** What a worker under pressure does: refuses, closes, cuts, collects, and makes place in the end. */
import assert from "node:assert/strict";
import pino from "pino";
import { describe, it } from "mocha";
import { OverloadGuard } from "../../../proxy/processes/overload-guard";
import type { Shedding } from "../../../proxy/exchange";
import { LimitFigures, MetricRegistry } from "../../../proxy/telemetry";
import type { Pressures } from "../../../proxy/overload";

const NONE: Pressures = { memory: 0, heap: 0, loop: 0 };

class Guarded {
    /** What comes of a collection. */
    collects: () => void = () => undefined;
    readonly overload: Shedding = { shed: 0, closes: false, arrived: undefined };
    readonly registry = new MetricRegistry();
    readonly did: string[] = [];
    /** What is measured. */
    memory = 0;
    room = 2 ** 30;
    readonly guard = new OverloadGuard(
        {
            connections: {
                closeIdle: (share) => (this.did.push(`idle ${share}`), 3),
                cutLargest: (most) => (this.did.push(`cut ${most}`), 2),
            },
            overload: this.overload,
            figures: new LimitFigures(this.registry),
            log: pino({ level: "silent" }),
            random: () => 0,
            renew: () => void this.did.push("renew"),
        },
        { memory: () => this.memory, heap: () => 0, room: () => this.room },
        (givesBack) => {
            this.did.push(givesBack ? "collect and give back" : "collect");
            this.collects();
        },
    );

    on(actions: Partial<Record<string, number>>, pressures: Partial<Pressures>, now: number): void {
        const none = { disable_http_keepalive: 0, stop_accepting_requests: 0, reject_incoming_connections: 0, reset_high_memory_stream: 0 };
        const all = { ...none, ...actions };
        this.guard.collected({ ...NONE, ...pressures }, now);
        this.guard.changed(all, { ...NONE, ...pressures });
        this.guard.looked(all, { ...NONE, ...pressures }, now);
    }

    count(limit: string): number {
        const family = this.registry.counts().find(({ name }) => name === "limits_reached");
        return family?.series.find(([labels]) => labels[0] === limit)?.[1][0] ?? 0;
    }
}

describe("a worker that runs out of memory or time", () => {
    it("refuses as many requests as it is told, and takes connections until it is told not to", () => {
        const worker = new Guarded();
        worker.on({ stop_accepting_requests: 0.25 }, { loop: 0.6 }, 1);
        assert.deepEqual([worker.overload.shed, worker.overload.closes], [0.25, false]);
        assert.equal(worker.guard.turnsAway(), false);
        worker.on({ reject_incoming_connections: 1 }, { loop: 1 }, 2);
        assert.equal(worker.guard.turnsAway(), true);
        assert.equal(worker.count("downstream_cx_overload_reject"), 1);
        worker.on({}, {}, 3);
        assert.deepEqual([worker.overload.shed, worker.overload.closes], [0, false]);
        assert.equal(worker.guard.turnsAway(), false);
    });

    it("collects garbage before anything else is done, but not all the time, and closes what is idle", () => {
        const worker = new Guarded();
        worker.on({}, { heap: 0.88 }, 19_750);
        worker.on({ disable_http_keepalive: 1 }, { memory: 0.9 }, 20_000);
        worker.on({ disable_http_keepalive: 1 }, { memory: 0.9 }, 20_250);
        assert.deepEqual(worker.did, ["collect", "idle 0.1", "idle 0.1"]);
        assert.equal(worker.count("overload_idle_closed"), 6);
    });

    it("cuts those that hold most in the end", () => {
        const worker = new Guarded();
        worker.on({ reset_high_memory_stream: 1 }, { memory: 0.99 }, 1);
        assert.deepEqual(worker.did, ["collect and give back", "cut 10"]);
        assert.equal(worker.count("overload_reset_high_memory"), 2);
    });

    it("looks again before what comes in within one turn of its loop can have filled what is left", () => {
        const worker = new Guarded();
        Object.assign(worker, { memory: 0.5, room: 16 * 2 ** 20 });
        worker.guard.look();
        worker.memory = 0.97;
        const taken = Array.from({ length: 100 }, () => worker.guard.turnsAway()).indexOf(true);
        assert.ok(taken > 0 && taken <= 16, `${taken} connections were taken`);
        assert.equal(worker.did.filter((one) => one.startsWith("collect")).length, 1, "what looks used may be garbage");
        assert.equal(worker.overload.shed, 1);
    });

    it("looks after requests too where little is left, and is not asked about them where much is", () => {
        const worker = new Guarded();
        worker.guard.look();
        assert.equal(worker.overload.arrived, undefined);
        Object.assign(worker, { memory: 0.7, room: 2 ** 20 });
        worker.guard.look();
        worker.memory = 0.97;
        for (let requests = 0; requests < 8; requests++) worker.overload.arrived!();
        assert.equal(worker.overload.shed, 1);
        Object.assign(worker, { memory: 0.1, room: 2 ** 30 });
        worker.guard.look();
        assert.equal(worker.overload.arrived, undefined);
    });

    it("goes by what is left after garbage is gone", () => {
        const worker = new Guarded();
        worker.memory = 0.97;
        worker.collects = () => {
            worker.memory = 0.5;
        };
        worker.guard.look();
        assert.deepEqual([worker.overload.shed, worker.guard.turnsAway()], [0, false]);
    });

    it("makes place for another where memory does not come back, and not for a loop that is late", () => {
        const worker = new Guarded();
        worker.on({}, { memory: 0.95 }, 1000);
        worker.on({}, { memory: 0.95 }, 60_000);
        worker.on({}, { memory: 0.5 }, 60_500);
        worker.on({}, { memory: 0.95 }, 61_000);
        worker.on({}, { memory: 0.95, loop: 1 }, 120_000);
        const renewed = (): number => worker.did.filter((one) => one === "renew").length;
        assert.equal(renewed(), 0);
        worker.on({}, { memory: 0.95 }, 121_500);
        assert.equal(renewed(), 1);
        worker.on({}, { loop: 2 }, 500_000);
        assert.equal(renewed(), 1);
    });
});
