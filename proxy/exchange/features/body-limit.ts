/**
 * How long the body of a request may be: known beforehand, nothing goes to a backend, and nobody is told to send it; else it is cut
 * where it becomes too long. In Envoy's words (buffer filter). What follows an upgrade or CONNECT is no body.
 */
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Answer, type Verdict } from "../verdict";

/** As logs call it, and figures count by it. */
export const TOO_LARGE = "request_payload_too_large";

export function limitBody(state: ExchangeState): Verdict {
    const limit = bodyLimitFor(state);
    if (limit === undefined || state.upgrade !== "") return ON;
    state.maxBodyBytes = limit;
    return state.head.contentLength > limit || state.bytesReceived > limit ? tooLarge() : ON;
}

/** The rule's own, else the gateway's. */
function bodyLimitFor({ route, connection }: ExchangeState): number | undefined {
    return route?.maxRequestBodyBytes ?? connection.edge?.maxRequestBodyBytes;
}

/** More than this is not waited for: the connection ends, and its client is told so. */
const MOST_DISCARDED = 256 * 1024;

/** Nobody says how much of the body is still to come, or it is much. */
export function isLong({ head, requestEnded }: ExchangeState): boolean {
    return !requestEnded && (head.contentLength === -1 || head.contentLength > MOST_DISCARDED);
}

export function tooLarge(): Answer {
    return answer(413, "Payload Too Large", "", TOO_LARGE);
}

export function tellBodyLimit(state: ExchangeState): readonly string[] {
    const limit = bodyLimitFor(state);
    return limit === undefined ? [] : [`a body of more than ${limit} bytes is answered 413`];
}
