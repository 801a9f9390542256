/** When a request is tried again, compiled: the words of `retryOn` as bits. */
import type { RetryEntry } from "../../tables";

/** Words with a meaning here. `retriable-headers` and `http3-post-connect-failure` are known and never apply. */
export const RETRY_ON = {
    "5xx": 1 << 0,
    "gateway-error": 1 << 1,
    reset: 1 << 2,
    "reset-before-request": 1 << 3,
    "connect-failure": 1 << 4,
    "retriable-4xx": 1 << 5,
    "refused-stream": 1 << 6,
    "retriable-status-codes": 1 << 7,
    "envoy-ratelimited": 1 << 8,
    cancelled: 1 << 9,
    "deadline-exceeded": 1 << 10,
    internal: 1 << 11,
    "resource-exhausted": 1 << 12,
    unavailable: 1 << 13,
} as const;

export interface RetryPolicy {
    readonly attempts: number;
    /** Bits of RETRY_ON. */
    readonly on: number;
    readonly statusCodes: readonly number[];
    /** 0: none. */
    readonly perTryTimeoutMs: number;
    readonly backoffMs: number;
    /** Whether further attempts may go to endpoints that have failed already. */
    readonly anyEndpoint: boolean;
    /** Whether they may go to other localities. */
    readonly remoteLocalities: boolean;
    /** Whether a response's head can be a reason. Without it no header of a response is looked at. */
    readonly onResponse: boolean;
    /** Whether a request of which a part was sent may be sent again. */
    readonly afterSending: boolean;
}

const ON_HEAD =
    RETRY_ON["5xx"] |
    RETRY_ON["gateway-error"] |
    RETRY_ON["retriable-4xx"] |
    RETRY_ON["envoy-ratelimited"] |
    RETRY_ON.cancelled |
    RETRY_ON["deadline-exceeded"] |
    RETRY_ON.internal |
    RETRY_ON["resource-exhausted"] |
    RETRY_ON.unavailable;
const NEVER_SENT = RETRY_ON["connect-failure"] | RETRY_ON["reset-before-request"];

export function bindRetry(entry: RetryEntry): RetryPolicy {
    let on = 0;
    for (const word of entry.on) on |= (RETRY_ON as Record<string, number>)[word] ?? 0;
    if (entry.statusCodes.length > 0) on |= RETRY_ON["retriable-status-codes"];
    const byStatus = entry.statusCodes.length > 0;
    return {
        attempts: entry.attempts,
        on,
        statusCodes: entry.statusCodes,
        perTryTimeoutMs: entry.perTryTimeoutMs,
        backoffMs: entry.backoffMs > 0 ? entry.backoffMs : 25,
        anyEndpoint: entry.anyEndpoint === true,
        remoteLocalities: entry.remoteLocalities === true,
        onResponse: entry.attempts > 0 && (byStatus || (on & ON_HEAD) !== 0),
        afterSending: entry.attempts > 0 && (byStatus || (on & ~NEVER_SENT) !== 0),
    };
}
