/** Makes a request's head the one that goes to a destination: what the passes do to it there, in their order. */
import type { BoundDestination } from "../snapshot";
import { hostOf } from "../tables";
import type { ExchangeState } from "./exchange-state";
import { FORWARD_PARTS } from "./passes";

/** Gives the host that the endpoint is asked for. */
export function prepareHead(state: ExchangeState, destination: BoundDestination): string {
    state.head.path = state.path;
    // HTTP/2 says it (RFC 9113 §8.3.1): as a trusted proxy did, like x-forwarded-proto.
    state.head.scheme = state.scheme;
    for (let at = 0; at < FORWARD_PARTS.length; at++) FORWARD_PARTS[at]!(state, destination);
    return destination.hostRewrite === "" ? state.host : hostOf(destination.hostRewrite);
}
