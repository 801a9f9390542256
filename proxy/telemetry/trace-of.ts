/**
 * The trace that a request is a part of, as an exemplar of a bucket: the one that is told to a collector from here, else the one
 * that the client has begun. Looked for only where the bucket has none to show.
 */
import type { Histogram } from "./instruments";
import type { RequestRecord } from "./request-record";

/** W3C Trace Context, §3.2: version, trace, parent, flags. */
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})/;
const SAMPLED = 1;

export function showTrace(histogram: Histogram, bucket: number, value: number, record: RequestRecord): void {
    if (!histogram.wantsExemplar(bucket)) return;
    const traceId = traceOf(record);
    if (traceId !== "") histogram.show(bucket, traceId, value, record.start);
}

/** Empty: there is none, or nobody keeps it. */
function traceOf({ trace, requestHeaders }: RequestRecord): string {
    if (trace !== undefined) return trace.sampled ? trace.traceId : "";
    for (let at = 0; at < requestHeaders.length; at += 2) {
        if (requestHeaders[at] !== "traceparent") continue;
        const found = TRACEPARENT.exec(requestHeaders[at + 1]!);
        return found && (Number.parseInt(found[2]!, 16) & SAMPLED) === SAMPLED ? found[1]! : "";
    }
    return "";
}
