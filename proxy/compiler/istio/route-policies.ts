/** What stands on a route beside its action: timeout, retries, mirrors, fault, CORS. */
import { parseDuration } from "../../../istio/durations";
import type { CorsPolicy, HTTPFaultInjection, HTTPRetry, Percent, StringMatch } from "../../../istio/types";
import type { ValueCondition, CorsRule, FaultInjection, Retry } from "../routing/model/rules";
import { DEFAULT_RETRY } from "../routing/model/retry";
import { conditionOf } from "./conditions";

/** gRPC's status codes by name. */
const GRPC_STATUS: Readonly<Record<string, number>> = {
    OK: 0,
    CANCELLED: 1,
    UNKNOWN: 2,
    INVALID_ARGUMENT: 3,
    DEADLINE_EXCEEDED: 4,
    NOT_FOUND: 5,
    ALREADY_EXISTS: 6,
    PERMISSION_DENIED: 7,
    RESOURCE_EXHAUSTED: 8,
    FAILED_PRECONDITION: 9,
    ABORTED: 10,
    OUT_OF_RANGE: 11,
    UNIMPLEMENTED: 12,
    INTERNAL: 13,
    UNAVAILABLE: 14,
    DATA_LOSS: 15,
    UNAUTHENTICATED: 16,
};

/** Whole milliseconds; undefined where nothing is said, or nothing that is a duration. */
export function milliseconds(duration: string | undefined): number | undefined {
    const ms = duration === undefined ? undefined : parseDuration(duration);
    return ms === undefined ? undefined : Math.round(ms);
}

export function retryOf(retries: HTTPRetry | undefined): Retry {
    if (retries === undefined) return DEFAULT_RETRY;
    const words = (retries.retryOn ?? "")
        .split(",")
        .map((word) => word.trim().toLowerCase())
        .filter((word) => word !== "");
    const isCode = (word: string): boolean => /^\d{3}$/.test(word);
    return {
        attempts: Math.max(0, retries.attempts ?? 0),
        on: words.length === 0 ? DEFAULT_RETRY.on : words.filter((word) => !isCode(word)),
        statusCodes: words.filter(isCode).map(Number),
        perTryTimeoutMs: milliseconds(retries.perTryTimeout) ?? 0,
        backoffMs: milliseconds(retries.backoff) ?? DEFAULT_RETRY.backoffMs,
        ...(retries.retryIgnorePreviousHosts === false ? { anyEndpoint: true as const } : {}),
        ...(retries.retryRemoteLocalities === true ? { remoteLocalities: true as const } : {}),
    };
}

/** A percentage that is there without a value is 0, as in the proto. */
export function percentOf(percentage: Percent | undefined, fallback: number): number {
    return percentage === undefined ? fallback : (percentage.value ?? 0);
}

export function faultOf(fault: HTTPFaultInjection | undefined): FaultInjection | undefined {
    if (fault === undefined) return undefined;
    const delay = delayOf(fault.delay);
    const abort = abortOf(fault.abort);
    return delay || abort ? { ...(delay ? { delay } : {}), ...(abort ? { abort } : {}) } : undefined;
}

function delayOf(delay: HTTPFaultInjection["delay"]): FaultInjection["delay"] {
    if (delay?.fixedDelay === undefined) return undefined;
    return { percent: percentOf(delay.percentage, delay.percent ?? 0), delayMs: milliseconds(delay.fixedDelay) ?? 0 };
}

function abortOf(abort: HTTPFaultInjection["abort"]): FaultInjection["abort"] {
    if (abort === undefined) return undefined;
    // Istio: an abort without a percentage aborts nothing.
    const percent = percentOf(abort.percentage, 0);
    if (abort.httpStatus !== undefined) return { percent, status: abort.httpStatus };
    const grpcStatus =
        abort.grpcStatus === undefined ? undefined : (GRPC_STATUS[abort.grpcStatus.toUpperCase()] ?? Number(abort.grpcStatus));
    // A gRPC status travels in the trailers of a response with HTTP status 200.
    return grpcStatus === undefined || Number.isNaN(grpcStatus) ? undefined : { percent, status: 200, grpcStatus };
}

export function corsOf(cors: CorsPolicy | undefined): CorsRule | undefined {
    if (cors === undefined) return undefined;
    const origins = cors.allowOrigins ?? (cors.allowOrigin ?? []).map((exact) => ({ exact }));
    return {
        // What is not understood allows nobody.
        allowOrigins: origins.flatMap((origin) => allowedOrigin(origin) ?? []),
        allowMethods: (cors.allowMethods ?? []).join(","),
        allowHeaders: (cors.allowHeaders ?? []).join(","),
        exposeHeaders: (cors.exposeHeaders ?? []).join(","),
        maxAge: cors.maxAge === undefined ? "" : String(Math.round((milliseconds(cors.maxAge) ?? 0) / 1000)),
        allowCredentials: cors.allowCredentials ?? false,
        forwardUnmatchedPreflights: cors.unmatchedPreflights !== "IGNORE",
    };
}

/** `*` alone means any origin, also where it is written as an exact value. */
function allowedOrigin(origin: StringMatch): ValueCondition | undefined {
    return origin.exact === "*" ? { kind: "present" } : conditionOf(origin);
}
