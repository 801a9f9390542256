/** The trace of one request: what is told of it to whom it is sent, and when what of it began and ended. */
import type { HeaderList } from "../http/doors";
import type { TracingEntry } from "../tables";
import { newSpanId, newTraceId } from "./ids";
import { readB3, readW3c, writeB3, writeW3c, type ParentContext } from "./propagation";

/** One try to have an endpoint answer, whose span is a child of the request's. */
export interface Attempt {
    readonly spanId: string;
    readonly startNs: bigint;
    endNs: bigint;
    /** 0: there was no answer. */
    status: number;
    /** Envoy's short flag. */
    flag: string;
    endpoint: string;
    protocol: string;
    failure: string;
}

/** Digit of x-request-id that tells why (Envoy's UUIDRequestIDExtension). */
const REASON_AT = 14;

export class Trace {
    readonly entry: TracingEntry;
    readonly traceId: string;
    /** Of whoever has sent the request; empty: the trace begins here. */
    readonly parentId: string;
    readonly spanId: string;
    readonly state: string;
    readonly sampled: boolean;
    readonly #isSingle: boolean;
    /** What the client said that it traces by. */
    clientTraceId = "";
    readonly startNs: bigint;
    readonly #begun = performance.now();
    attempts: Attempt[] | undefined = undefined;

    constructor(entry: TracingEntry, parent: ParentContext | undefined, sampled: boolean, startMs: number) {
        this.entry = entry;
        this.traceId = parent === undefined || parent.traceId === "" ? (entry.hasShortIds ? newSpanId() : newTraceId()) : parent.traceId;
        this.parentId = parent === undefined ? "" : parent.spanId;
        this.state = parent === undefined ? "" : parent.state;
        this.#isSingle = parent?.isSingle === true;
        this.spanId = newSpanId();
        this.sampled = sampled;
        this.startNs = sampled ? BigInt(startMs) * 1_000_000n : 0n;
    }

    get nowNs(): bigint {
        return this.startNs + BigInt(Math.round((performance.now() - this.#begun) * 1_000_000));
    }

    /** Tells the next endpoint. */
    attempt(headers: HeaderList): void {
        const spanId = newSpanId();
        if (this.sampled) {
            const { nowNs } = this;
            this.#endLast(nowNs);
            (this.attempts ??= []).push({
                spanId,
                startNs: nowNs,
                endNs: 0n,
                status: 0,
                flag: "",
                endpoint: "",
                protocol: "",
                failure: "",
            });
        }
        const { entry, traceId, sampled, state } = this;
        if (entry.noPropagation) return;
        const told = { traceId, spanId, parentId: this.spanId, sampled, state, isSingle: this.#isSingle };
        if (entry.propagation !== "b3") writeW3c(headers, told);
        if (entry.propagation !== "w3c") writeB3(headers, told);
    }

    /** What is known of the attempt that is under way. */
    note(status: number, flag: string, endpoint: string, protocol: string, failure: string): void {
        const last = this.attempts?.at(-1);
        if (last === undefined || last.endNs !== 0n) return;
        if (status !== 0) last.status = status;
        last.flag = flag;
        last.endpoint = endpoint;
        last.protocol = protocol;
        last.failure = failure;
        if (status === 0) last.endNs = this.nowNs;
    }

    #endLast(nowNs: bigint): void {
        const last = this.attempts?.at(-1);
        if (last !== undefined && last.endNs === 0n) last.endNs = nowNs;
    }
}

/**
 * Whether and how a request is traced, as Envoy's connection manager and its tracers have it: who says `x-client-trace-id`
 * is traced, of others a random part. A client's own decision counts: in W3C's headers only to leave out what would be traced
 * (its tracer takes both together), in B3's both ways. `requestId` comes back with the reason in it.
 */
export function beginTrace(
    entry: TracingEntry,
    headers: HeaderList,
    requestId: string,
    startMs: number,
    random: number,
): { readonly trace: Trace; readonly requestId: string } {
    const b3 = entry.propagation === "w3c" ? undefined : readB3(headers);
    const parent = b3 ?? (entry.propagation === "b3" ? undefined : readW3c(headers));
    let clientTraceId = "";
    for (let at = 0; at < headers.length; at += 2) if (headers[at] === "x-client-trace-id") clientTraceId = headers[at + 1]!;
    const isForced = clientTraceId !== "";
    const isChosen = isForced || random * 100 < entry.randomPercent;
    const said = parent?.sampled;
    const sampled = said === undefined ? isChosen : entry.propagation === "w3c" && entry.usesRequestId ? said && isChosen : said;
    const trace = new Trace(entry, parent, sampled, startMs);
    trace.clientTraceId = clientTraceId;
    if (!isChosen || !entry.usesRequestId || requestId.length <= REASON_AT || requestId[REASON_AT] !== "4") return { trace, requestId };
    return { trace, requestId: `${requestId.slice(0, REASON_AT)}${isForced ? "b" : "9"}${requestId.slice(REASON_AT + 1)}` };
}
