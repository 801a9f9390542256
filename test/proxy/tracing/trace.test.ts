/** What is made of the headers of traces that come in, and what goes out: as Envoy's tracers were seen to do it, but for what is malformed. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { HeaderList } from "../../../proxy/http/doors";
import type { TracingEntry } from "../../../proxy/tables";
import { beginTrace } from "../../../proxy/tracing";
import { readB3, readW3c } from "../../../proxy/tracing/propagation";
import { operationName } from "../../../proxy/tracing/spans";
import { tracing } from "./entries";

const T = "0af7651916cd43dd8448eb211c80319c";
const S = "b7ad6b7169203331";
const ID = "5838777a-6076-435a-8c59-bb240393f58f";
const w3c = (flags: string): HeaderList => ["traceparent", `00-${T}-${S}-${flags}`, "tracestate", "a=b"];

/** What the next one is told. */
function told(headers: HeaderList, more: Partial<TracingEntry> = {}, random = 0.5): Record<string, string> {
    const list = [...headers];
    const { trace, requestId } = beginTrace(tracing(more), list, ID, 0, random);
    trace.attempt(list);
    const out: Record<string, string> = { id: requestId[14]! };
    for (let at = 0; at < list.length; at += 2)
        out[list[at]!] = list[at + 1]!.replaceAll(/[0-9a-f]{16,32}/g, (hex) => (hex === T ? "T" : hex === S ? "S" : "n"));
    return out;
}

describe("a trace", () => {
    for (const [title, headers, more, expected] of [
        ["of nobody is chosen by chance", [], { randomPercent: 100 }, { id: "9", traceparent: "00-n-n-01" }],
        ["of nobody is not traced otherwise, and told so", [], { randomPercent: 0 }, { id: "4", traceparent: "00-n-n-00" }],
        ["goes on by W3C", w3c("01"), {}, { id: "9", traceparent: "00-T-n-01", tracestate: "a=b" }],
        ["that its client does not sample is not sampled", w3c("00"), {}, { id: "9", traceparent: "00-T-n-00", tracestate: "a=b" }],
        [
            "that its client samples is sampled as far as chance has it",
            w3c("01"),
            { randomPercent: 0 },
            { id: "4", traceparent: "00-T-n-00", tracestate: "a=b" },
        ],
        [
            "is its client's alone without x-request-id",
            w3c("01"),
            { randomPercent: 0, usesRequestId: false },
            { id: "4", traceparent: "00-T-n-01", tracestate: "a=b" },
        ],
        [
            "is forced by x-client-trace-id",
            ["x-client-trace-id", "c"],
            { randomPercent: 0 },
            { id: "b", "x-client-trace-id": "c", traceparent: "00-n-n-01" },
        ],
        ["passes B3 on untouched", ["b3", `${T}-${S}-1`], {}, { id: "9", b3: "T-S-1", traceparent: "00-n-n-01" }],
        [
            "is not told where that is forbidden",
            w3c("01"),
            { noPropagation: true as const },
            { id: "9", traceparent: "00-T-S-01", tracestate: "a=b" },
        ],
        [
            "goes on by B3",
            ["x-b3-traceid", T, "x-b3-spanid", S, "x-b3-sampled", "0"],
            { propagation: "b3" },
            { id: "9", "x-b3-traceid": "T", "x-b3-spanid": "n", "x-b3-sampled": "0", "x-b3-parentspanid": "n" },
        ],
        ["goes on by one header of B3", ["b3", `${T}-${S}-1-${S}`], { propagation: "b3", randomPercent: 0 }, { id: "4", b3: "T-n-1-n" }],
        ["is begun by B3 that only decides", ["b3", "0"], { propagation: "b3" }, { id: "9", b3: "n-n-0-n" }],
        [
            "passes W3C on untouched by B3",
            w3c("01"),
            { propagation: "b3" },
            {
                id: "9",
                traceparent: "00-T-S-01",
                tracestate: "a=b",
                "x-b3-traceid": "n",
                "x-b3-spanid": "n",
                "x-b3-parentspanid": "n",
                "x-b3-sampled": "1",
            },
        ],
        [
            "is told both ways",
            w3c("01"),
            { propagation: "b3-w3c" },
            {
                id: "9",
                traceparent: "00-T-n-01",
                tracestate: "a=b",
                "x-b3-traceid": "T",
                "x-b3-spanid": "n",
                "x-b3-parentspanid": "n",
                "x-b3-sampled": "1",
            },
        ],
    ] as const) {
        it(title, () => assert.deepEqual(told([...headers], more as Partial<TracingEntry>), expected));
    }

    it("begins anew in place of one that is malformed, whose state is gone too", () => {
        for (const bad of [
            "",
            "00",
            `00-zz-${S}-01`,
            `00-${"0".repeat(32)}-${S}-01`,
            `00-${T}-${"0".repeat(16)}-01`,
            `ff-${T}-${S}-01`,
            `00-${T}-${S}-01-x`,
            `00-${T}-${S}-0`,
            `00_${T}-${S}-01`,
            `00-${T}-${S}-0g`,
        ])
            assert.deepEqual(told(["traceparent", bad, "tracestate", "a=b"]), { id: "9", traceparent: "00-n-n-01" }, bad);
        assert.deepEqual(told([...w3c("01"), ...w3c("01")]), { id: "9", traceparent: "00-n-n-01" });
        assert.equal(readW3c(["traceparent", `01-${T.toUpperCase()}-${S}-03-more`])?.traceId, T);
        for (const bad of ["zz", `${T}-zz`, `${T}-${S}-7`, "x"]) assert.equal(readB3(["b3", bad]), undefined, bad);
        assert.equal(readB3(["x-b3-traceid", "zz", "x-b3-spanid", S]), undefined);
    });

    it("is told in one form of B3, beside which nothing of the client's says something else", () => {
        const several = { "x-b3-traceid": "n", "x-b3-spanid": "n", "x-b3-parentspanid": "n", "x-b3-sampled": "0" };
        const b3 = (headers: HeaderList, randomPercent = 0): unknown => told(headers, { propagation: "b3", randomPercent });
        assert.deepEqual(b3(["b3", "zz", "b3", "1-2-3"]), { id: "4", ...several });
        assert.deepEqual(b3(["x-b3-flags", "1"]), { id: "4", ...several });
        assert.deepEqual(b3(["b3", `${T}-${S}-0`, "x-b3-traceid", S, "x-b3-spanid", S, "x-b3-sampled", "1", "x-b3-flags", "1"]), {
            id: "4",
            b3: "T-n-0-n",
        });
        const debugged = ["x-b3-traceid", T, "x-b3-spanid", S, "x-b3-sampled", "1", "x-b3-flags", "1"];
        assert.deepEqual(b3(debugged), { id: "4", ...several, "x-b3-traceid": "T", "x-b3-sampled": "1", "x-b3-flags": "1" });
    });

    it("is read of any bytes without a fault, and what is taken has the form of ids", () => {
        const word = fc.oneof(fc.string(), fc.constantFrom(T, S, "00", "01", "-", "d"));
        fc.assert(
            fc.property(fc.array(word, { maxLength: 5 }), (parts) => {
                const text = parts.join("-");
                for (const read of [readW3c(["traceparent", text]), readB3(["b3", text]), readB3(["x-b3-traceid", text, "x-b3-spanid", S])])
                    if (read !== undefined)
                        assert.match(`${read.traceId}/${read.spanId}`, /^([0-9a-f]{16}|[0-9a-f]{32})\/[0-9a-f]{16}$|^\/$/);
            }),
            { numRuns: 100 },
        );
    });

    it("is called as Istio calls a route's requests", () => {
        assert.equal(
            operationName("outbound|80|v1|web.default.svc.cluster.local", "web", 443, "/api*"),
            "web.default.svc.cluster.local:80/api*",
        );
        assert.equal(operationName("other", "web", 443, "/*"), "web:443/*");
    });
});
