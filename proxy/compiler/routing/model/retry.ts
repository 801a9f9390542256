/** What is tried again where nothing is said of it: Istio's default (pilot route/retry). */
import type { Retry } from "./rules";

export const DEFAULT_RETRY: Retry = {
    attempts: 2,
    on: ["connect-failure", "refused-stream", "unavailable", "cancelled", "retriable-status-codes"],
    statusCodes: [],
    perTryTimeoutMs: 0,
    backoffMs: 25,
};
