/** Whether a request is tried again, and how often: the words of `retryOn`, as Envoy reads them. */
import type { RequestHead, ResetReason, ResponseHead } from "../../http/doors";
import { headerValue, setHeader } from "../../http/header-list";
import { RETRY_ON, type RetryPolicy } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import type { ForwardedRequest } from "../forwarding-host";
import { MAX_KEPT_BYTES } from "../replay-body";
import { tellDeadline } from "./deadline";

export function countAttempt(state: ExchangeState): void {
    if (state.connection.edge?.hidesAttempts !== true) state.headers.push("x-envoy-attempt-count", "1");
}

/** Each further attempt says its own number, and of a call what is left of its time. `since`: when that began; 0: not yet. */
export function tellAttempt(request: ForwardedRequest, attempt: number, policy: RetryPolicy, since: number): void {
    const { head, callTimeoutMs, connection } = request;
    if (connection.edge?.hidesAttempts !== true) setHeader(head.headers, "x-envoy-attempt-count", String(attempt));
    if (callTimeoutMs !== -1) tellDeadline(head.headers, callTimeoutMs, policy.perTryTimeoutMs, since === 0 ? 0 : Date.now() - since);
}

/** What is done about a failure: the request is sent again, it may not be as often as that, or it was not to be at all. */
export const AGAIN = 0;
export const EXHAUSTED = 1;
export const OVER = 2;
/** It would be, but too many are. */
export const SPARED = 3;
export type NextStep = typeof AGAIN | typeof EXHAUSTED | typeof OVER | typeof SPARED;

/** Envoy's flag for a response that is the last for this reason. */
export function lastFlag(next: NextStep): string {
    return next === EXHAUSTED ? "URX" : next === SPARED ? "UO" : "";
}

/** `lost`: a part of the request's body is not there any more, and so it can't be sent again. */
export function afterReset(policy: RetryPolicy, retries: number, lost: boolean, reason: ResetReason, sent: boolean): NextStep {
    return policy.attempts > 0 && retriesReset(policy, reason, sent) ? withinAttempts(policy, retries, lost) : OVER;
}

export function afterResponse(policy: RetryPolicy, retries: number, lost: boolean, head: ResponseHead): NextStep {
    return policy.onResponse && retriesResponse(policy, head) ? withinAttempts(policy, retries, lost) : OVER;
}

function withinAttempts({ attempts }: RetryPolicy, retries: number, lost: boolean): NextStep {
    return retries >= attempts ? EXHAUSTED : lost ? OVER : AGAIN;
}

/** Words that a failure without a response can meet. Overflow is our own bound: trying again would defeat it. */
function retriesReset(policy: RetryPolicy, reason: ResetReason, sent: boolean): boolean {
    const { on } = policy;
    if (reason === "overflow" || on === 0) return false;
    if ((on & (RETRY_ON.reset | RETRY_ON["5xx"] | RETRY_ON["gateway-error"])) !== 0) return true;
    // As Envoy has it: what was refused had been sent.
    if ((on & RETRY_ON["reset-before-request"]) !== 0 && !sent && reason !== "refused") return true;
    if ((on & RETRY_ON["refused-stream"]) !== 0 && reason === "refused") return true;
    return (
        (on & RETRY_ON["connect-failure"]) !== 0 &&
        (reason === "connect-failure" || reason === "connect-timeout" || reason === "tls-failure")
    );
}

function retriesResponse(policy: RetryPolicy, head: ResponseHead): boolean {
    const { on } = policy;
    const { status } = head;
    // A limit that the upstream keeps is not run against again, unless asked for.
    if (headerValue(head.headers, "x-envoy-ratelimited") !== undefined) return (on & RETRY_ON["envoy-ratelimited"]) !== 0;
    // It would go round once more, and each time round as often again.
    if (status === LOOP_DETECTED) return (on & RETRY_ON["retriable-status-codes"]) !== 0 && policy.statusCodes.includes(status);
    if (status >= 500 && (on & RETRY_ON["5xx"]) !== 0) return true;
    if (status >= 502 && status <= 504 && (on & RETRY_ON["gateway-error"]) !== 0) return true;
    if (status === 409 && (on & RETRY_ON["retriable-4xx"]) !== 0) return true;
    if ((on & RETRY_ON["retriable-status-codes"]) !== 0 && policy.statusCodes.includes(status)) return true;
    return (on & GRPC_WORDS) !== 0 && retriesGrpcStatus(on, headerValue(head.headers, "grpc-status"));
}

/** RFC 5842 §7.2. */
const LOOP_DETECTED = 508;

const GRPC_WORDS =
    RETRY_ON.cancelled | RETRY_ON["deadline-exceeded"] | RETRY_ON.internal | RETRY_ON["resource-exhausted"] | RETRY_ON.unavailable;

function retriesGrpcStatus(on: number, status: string | undefined): boolean {
    switch (status === undefined || !/^\d{1,9}$/.test(status) ? -1 : Number(status)) {
        case 1:
            return (on & RETRY_ON.cancelled) !== 0;
        case 4:
            return (on & RETRY_ON["deadline-exceeded"]) !== 0;
        case 8:
            return (on & RETRY_ON["resource-exhausted"]) !== 0;
        case 13:
            return (on & RETRY_ON.internal) !== 0;
        case 14:
            return (on & RETRY_ON.unavailable) !== 0;
        default:
            return false;
    }
}

/** Milliseconds before the next try: up to the base, doubled each time up to ten bases, at random (Envoy's jitter). `random` is in [0, 1). */
export function backoff(policy: RetryPolicy, retries: number, random: number): number {
    const most = Math.min(policy.backoffMs * 2 ** Math.max(0, retries - 1), policy.backoffMs * 10);
    return Math.floor(random * most);
}

/** RFC 9110 §9.2.2: doing it twice is as doing it once. */
export function isIdempotent(method: string): boolean {
    switch (method) {
        case "GET":
        case "HEAD":
        case "PUT":
        case "DELETE":
        case "OPTIONS":
            return true;
        default:
            return false;
    }
}

/** Whether what was sent of a body is worth keeping: the request may be sent again, and the body is not known to be too long. */
export function keepsBody({ method, contentLength }: RequestHead, policy: RetryPolicy): boolean {
    return contentLength <= MAX_KEPT_BYTES && (isIdempotent(method) || policy.afterSending);
}
