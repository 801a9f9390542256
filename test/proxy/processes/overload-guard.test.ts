/** What a worker under pressure does: refuses, closes, cuts, collects, and makes place in the end. */
import assert from "node:assert/strict";
import pino from "pino";
import { describe, it } from "mocha";
import { OverloadGuard } from "../../../proxy/processes/overload-guard";
import { LimitFigures, MetricRegistry } from "../../../proxy/telemetry";
import type { Pressures } from "../../../proxy/overload";

const NONE: Pressures = { memory: 0, heap: 0, loop: 0 };

class Guarded {
    readonly overload = { shed: 0, closes: false };
    readonly registry = new MetricRegistry();
    readonly did: string[] = [];
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
        { memory: () => 0, heap: () => 0 },
        () => void this.did.push("collect"),
    );

    on(actions: Partial<Record<string, number>>, pressures: Partial<Pressures>, now: number): void {
        const none = { disable_http_keepalive: 0, stop_accepting_requests: 0, reject_incoming_connections: 0, reset_high_memory_stream: 0 };
        const all = { ...none, ...actions };
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
        assert.deepEqual(worker.overload, { shed: 0.25, closes: false });
        assert.equal(worker.guard.turnsAway(), false);
        worker.on({ reject_incoming_connections: 1 }, { loop: 1 }, 2);
        assert.equal(worker.guard.turnsAway(), true);
        assert.equal(worker.count("downstream_cx_overload_reject"), 1);
        worker.on({}, {}, 3);
        assert.deepEqual(worker.overload, { shed: 0, closes: false });
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
        assert.deepEqual(worker.did, ["collect", "cut 10"]);
        assert.equal(worker.count("overload_reset_high_memory"), 2);
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
