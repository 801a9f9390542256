/** The ids of the trace that a request is part of, as its headers told the upstream: W3C's, else B3's. */
import { firstValue } from "../../http/header-list";
import type { RequestRecord } from "../../telemetry";
import { absent, present, type LogValue, type Reader } from "./reader";

/** `00-<32 digits>-<16 digits>-01`. */
const LENGTH = 55;
const PARTS = { trace: [3, 35], span: [36, 52] } as const;
const B3 = { trace: "x-b3-traceid", span: "x-b3-spanid" } as const;

export function traceReader(part: "trace" | "span"): Reader {
    const [from, to] = PARTS[part];
    const name = B3[part];
    return {
        request: ({ requestHeaders }: RequestRecord): LogValue => {
            const parent = firstValue(requestHeaders, "traceparent") ?? "";
            return parent.length >= LENGTH ? parent.slice(from, to) : present(firstValue(requestHeaders, name));
        },
        connection: absent,
    };
}
