/**
 * How long a gRPC call may take: what it says itself (`grpc-timeout`), at most the route's timeout. Endpoints are told what
 * is left of it, or of one attempt where that is less, as istiod has Envoy do it (max_grpc_timeout is the route's timeout).
 */
import { isGrpc } from "../../http/grpc";
import { readDeadline, writeDeadline } from "../../http/grpc-timeout";
import { setHeader, headerValue } from "../../http/header-list";
import type { HeaderList } from "../../http/doors";
import type { ForwardAction } from "../../snapshot";
import type { ForwardedRequest } from "../forwarding-host";
import type { ExchangeState } from "../exchange-state";

/** Only POST is looked at: gRPC knows no other method, and other requests need not pay for it. */
export function keepDeadline(state: ExchangeState): void {
    if (state.method !== "POST" || !isGrpc(state.headers)) return;
    const action = state.route?.action;
    if (action?.kind !== "forward") return;
    const wanted = readDeadline(headerValue(state.headers, "grpc-timeout"));
    const most = action.timeoutMs;
    state.callTimeoutMs = most > 0 && (wanted === 0 || wanted > most) ? most : wanted;
    tellDeadline(state.headers, state.callTimeoutMs, action.retry.perTryTimeoutMs, 0);
}

/** Milliseconds; 0: for ever. */
export function timeoutOf({ callTimeoutMs }: ForwardedRequest, { timeoutMs }: ForwardAction): number {
    return callTimeoutMs === -1 ? timeoutMs : callTimeoutMs;
}

/** Of all attempts `totalMs`, of each `tryMs`; 0: no end. An attempt without an end is told nothing. */
export function tellDeadline(headers: HeaderList, totalMs: number, tryMs: number, passedMs: number): void {
    const left = totalMs > 0 ? Math.max(1, totalMs - passedMs) : 0;
    const told = tryMs > 0 && (left === 0 || tryMs < left) ? tryMs : left;
    if (told > 0) setHeader(headers, "grpc-timeout", writeDeadline(told));
}
