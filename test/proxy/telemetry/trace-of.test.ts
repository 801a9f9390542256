/** Which trace a bucket shows of a request. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Histogram } from "../../../proxy/telemetry/instruments";
import type { TraceIds } from "../../../proxy/telemetry/request-record";
import { showTrace } from "../../../proxy/telemetry/trace-of";
import { REQUEST } from "../log/records";

const [OWN, CLIENTS, SPAN] = ["1".repeat(32), "2".repeat(32), "3".repeat(16)];

function shown(trace: Omit<TraceIds, "spanId"> | undefined, flags: string): string | undefined {
    const histogram = new Histogram([1]);
    const record = {
        ...REQUEST,
        trace: trace && { ...trace, spanId: SPAN },
        requestHeaders: ["traceparent", `00-${CLIENTS}-${SPAN}-${flags}`],
    };
    showTrace(histogram, histogram.observe(1), 1, record);
    return histogram.takeShown()?.[0]?.traceId;
}

describe("the trace that a bucket shows", () => {
    it("is the one whose spans are told from here, whatever the client has begun", () => {
        assert.equal(shown({ traceId: OWN, sampled: true }, "00"), OWN);
    });

    it("is none where nobody is told of the request", () => {
        assert.equal(shown({ traceId: OWN, sampled: false }, "01"), undefined);
        assert.equal(shown(undefined, "00"), undefined);
    });

    it("is the client's where nothing is traced here", () => {
        assert.equal(shown(undefined, "01"), CLIENTS);
    });
});
