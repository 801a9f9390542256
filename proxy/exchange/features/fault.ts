/** Faults that a rule injects into a part of its requests: a delay, an answer of the gateway's. */
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";
import { isGrpc } from "../../http/grpc";

export function injectFault(state: ExchangeState): Verdict {
    const fault = state.route!.fault;
    if (fault === undefined) return ON;
    const { random } = state.runtime;
    if (fault.delay !== undefined && !state.delayed && random() * 100 < fault.delay.percent) {
        state.delayed = true;
        return { kind: "wait", milliseconds: fault.delay.delayMs, flag: "DI" };
    }
    if (fault.abort === undefined || random() * 100 >= fault.abort.percent) return ON;
    const { status, grpcStatus } = fault.abort;
    const headers = grpcStatus !== undefined && isGrpc(state.headers) ? ["grpc-status", String(grpcStatus)] : [];
    return answer(grpcStatus === undefined ? status : 200, "fault filter abort", "FI", "fault_filter_abort", headers);
}

export function tellFault({ route, delayed }: ExchangeState): readonly string[] {
    const { delay, abort } = route?.fault ?? {};
    const told: string[] = [];
    if (delay) told.push(`${delay.percent} % of requests wait ${delay.delayMs} ms${delayed ? ", this one too" : ""}`);
    if (abort) told.push(`${abort.percent} % of requests are answered ${abort.status}`);
    return told;
}
