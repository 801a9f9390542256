/** Records of access logs, as another implementation of OTLP reads them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { AccessLog } from "../../../proxy/log";
import type { Exporter } from "../../../proxy/otlp";
import type { AccessLogEntry, CollectorEntry, OtlpLogEntry } from "../../../proxy/tables";
import type { RequestRecord } from "../../../proxy/telemetry";
import { readLogRecord, valuesOf, type ReadLogRecord } from "../../support/collector";
import { entriesOf } from "../../support/access-logs";
import { tracing } from "../tracing/entries";
import { CONNECTION, REQUEST } from "./records";

const TRACE = { traceId: "b7ad6b7169203331", spanId: "00f067aa0ba902b7", sampled: true };

function entry(more: Partial<OtlpLogEntry>, filter = "", key = "otel"): AccessLogEntry {
    const { collector, origin } = tracing({}, { provider: key });
    return { key, to: { kind: "otlp", collector, text: "%RESPONSE_CODE%", attributes: [], ...more }, filter, origin };
}

/** By provider. */
function told(entries: readonly AccessLogEntry[], write: (log: AccessLog) => void): Record<string, ReadLogRecord[]> {
    const records: Record<string, ReadLogRecord[]> = {};
    const exporter = ({ provider }: CollectorEntry): Exporter =>
        ({ push: (record: Buffer) => void (records[provider] ??= []).push(readLogRecord(record)) }) as unknown as Exporter;
    const log = new AccessLog(undefined, undefined, (collectors) => collectors.map(exporter));
    log.configure(entriesOf(...entries));
    write(log);
    return records;
}
const one = (more: Partial<OtlpLogEntry>, record: RequestRecord = REQUEST): ReadLogRecord =>
    told([entry(more)], (log) => log.requestFinished(record))["otel"]![0]!;

describe("a record of an access log", () => {
    it("has the request's beginning, its text as the body and its labels as attributes, - for what is not there", () => {
        const record = one({
            text: "%REQ(:METHOD)% %REQ(X-NONE)% é\n",
            attributes: [
                ["code", "%RESPONSE_CODE%"],
                ["empty", ""],
                ["grüße", "ü %REQ(X-NONE)%"],
            ],
        });
        assert.equal(record.time_unix_nano, String(BigInt(REQUEST.start) * 1_000_000n));
        assert.equal(record.body.string_value, "GET - é\n");
        assert.deepEqual(valuesOf(record.attributes), { code: "200", empty: "", grüße: "ü -" });
        assert.deepEqual([record.trace_id.length, record.span_id.length], [0, 0]);
    });

    it("has the trace that the request is a part of, ids of 64 bits filled up", () => {
        const { trace_id: trace, span_id: span } = one({}, { ...REQUEST, trace: TRACE });
        assert.deepEqual([trace.toString("hex"), span.toString("hex")], [TRACE.traceId.padStart(32, "0"), TRACE.spanId]);
    });

    it("is a record whatever a client sends: no second line in the body, texts that are UTF-8", () => {
        const forged = 'x"\r\n[forged] \x1b[2J\xff';
        const record = one(
            { text: "%REQ(USER-AGENT)%", attributes: [["agent", "%REQ(USER-AGENT)%"]] },
            { ...REQUEST, requestHeaders: ["user-agent", forged] },
        );
        assert.match(record.body.string_value ?? "", /^[\x20-\x7e]+$/);
        assert.equal(valuesOf(record.attributes)["agent"], 'x"\r\n[forged] \x1b[2J!');
        const long = one(
            { attributes: [["agent", "%REQ(USER-AGENT)%"]] },
            { ...REQUEST, requestHeaders: ["user-agent", "a".repeat(50_000)] },
        );
        assert.equal(valuesOf(long.attributes)["agent"]!.length, 16_384);
    });

    it("is of connections too, and of what the provider's own filter lets through", () => {
        const records = told([entry({}, "response.code >= 400"), entry({ text: "%UPSTREAM_HOST%" }, "", "all")], (log) => {
            log.requestFinished(REQUEST);
            log.requestFinished({ ...REQUEST, status: 503 });
            log.tcpClosed(CONNECTION);
        });
        const bodies = (key: string): unknown => records[key]!.map(({ body }) => body.string_value);
        assert.deepEqual(bodies("otel"), ["503"]);
        assert.deepEqual(bodies("all"), [REQUEST.upstreamHost, REQUEST.upstreamHost, CONNECTION.upstreamHost]);
    });
});
