/** The trace that a request belongs to: taken from its headers or begun, and told to whom it is sent. */
import { setHeader } from "../../http/header-list";
import { beginTrace } from "../../tracing";
import type { ExchangeState } from "../exchange-state";
import { ON, type Verdict } from "../verdict";

export function takeTrace(state: ExchangeState): Verdict {
    const { runtime, headers } = state;
    const entry = runtime.tracing;
    if (entry === undefined) return ON;
    const { trace, requestId } = beginTrace(entry, headers, state.requestId, state.start, runtime.random());
    state.trace = trace;
    if (requestId !== state.requestId) {
        state.requestId = requestId;
        setHeader(headers, "x-request-id", requestId);
    }
    return ON;
}

/** Of the first attempt; what rules do to headers of traces comes before (Envoy's router). */
export function tellTrace({ trace, headers }: ExchangeState): void {
    if (trace !== undefined) trace.attempt(headers);
}
