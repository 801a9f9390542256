import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resultOf } from "../../bench/report";

describe("results of a benchmark", () => {
    it("are the medians of rounds, with the rounds beside them", () => {
        const targets = [{ times: 1.2, of: ["HAProxy"] }];
        const row = resultOf({ work: "a request", unit: "µs", gatehouse: [9, 1.23456, 3], peers: { HAProxy: [2, 8, 4] }, targets });
        assert.deepEqual(row, {
            work: "a request",
            unit: "µs",
            gatehouse: 3,
            peers: { HAProxy: 4 },
            targets,
            rounds: { Gatehouse: [9, 1.23, 3], HAProxy: [2, 8, 4] },
        });
    });

    it("are what was measured, where that was once", () => {
        const row = resultOf({ work: "held by a stream", unit: "KiB", gatehouse: 3.9, peers: { Envoy: 20.2 } });
        assert.deepEqual(row, { work: "held by a stream", unit: "KiB", gatehouse: 3.9, peers: { Envoy: 20.2 }, targets: [] });
    });
});
