/** The bounds of connections and requests, and what HTTP is spoken on them: what `connectionPool` and `retryBudget` say. */
import type { ConnectionPoolSettings, RetryBudget, TunnelSettings } from "../../../istio/types";
import type { BackendPolicy, Limits } from "../routing/model/backends";
import { milliseconds } from "./route-policies";

/** istiod's, where a budget does not say. */
const DEFAULT_BUDGET_PERCENT = 20;
const DEFAULT_BUDGET_MINIMUM = 3;
/** As the proxy has it where nothing is said. */
const KEEPALIVE_IDLE_MS = 60_000;
const SECOND_MS = 1_000;

export function httpOf({ http }: ConnectionPoolSettings = {}): Pick<BackendPolicy, "http"> {
    if (http?.useClientProtocol === true) return { http: "client" };
    switch (http?.h2UpgradePolicy) {
        case "UPGRADE":
            return { http: "http2" };
        case "DO_NOT_UPGRADE":
            return { http: "port" };
        default:
            return {};
    }
}

/** What is not said is left to the proxy; a bound of 0 is none. */
export function limitsOf({ tcp, http }: ConnectionPoolSettings = {}, budget: RetryBudget | undefined): BackendPolicy["limits"] {
    const connectTimeoutMs = milliseconds(tcp?.connectTimeout);
    const tcpIdleTimeoutMs = milliseconds(tcp?.idleTimeout);
    const httpIdleTimeoutMs = milliseconds(http?.idleTimeout);
    const maxConnectionDurationMs = milliseconds(tcp?.maxConnectionDuration);
    return {
        ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
        ...(tcpIdleTimeoutMs === undefined ? {} : { tcpIdleTimeoutMs }),
        ...(httpIdleTimeoutMs === undefined ? {} : { httpIdleTimeoutMs }),
        ...(maxConnectionDurationMs ? { maxConnectionDurationMs } : {}),
        ...(tcp?.tcpKeepalive ? { tcpKeepalive: tcpKeepaliveOf(tcp.tcpKeepalive) } : {}),
        ...(http?.maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection: http.maxRequestsPerConnection }),
        ...(tcp?.maxConnections ? { maxConnections: tcp.maxConnections } : {}),
        ...(http?.http1MaxPendingRequests ? { maxPendingRequests: http.http1MaxPendingRequests } : {}),
        ...(http?.http2MaxRequests ? { maxRequests: http.http2MaxRequests } : {}),
        ...(http?.maxConcurrentStreams ? { maxConcurrentStreams: http.maxConcurrentStreams } : {}),
        ...(http?.maxRetries ? { maxRetries: http.maxRetries } : {}),
        ...(budget ? { retryBudget: budgetOf(budget) } : {}),
        ...keepAliveOf(http?.http2KeepAlive),
    };
}

/** A minimum of 0 is none said (istiod). */
function budgetOf({ percent, minRetryConcurrency, budgetInterval }: RetryBudget): Limits["retryBudget"] {
    const intervalMs = milliseconds(budgetInterval);
    return {
        percent: percent ?? DEFAULT_BUDGET_PERCENT,
        minimum: minRetryConcurrency || DEFAULT_BUDGET_MINIMUM,
        ...(intervalMs ? { intervalMs } : {}),
    };
}

type Keepalive = NonNullable<NonNullable<ConnectionPoolSettings["tcp"]>["tcpKeepalive"]>;

/** The system counts in seconds, and its least is one. */
function tcpKeepaliveOf({ time, interval, probes }: Keepalive): Limits["tcpKeepalive"] {
    const idleMs = milliseconds(time) || KEEPALIVE_IDLE_MS;
    const intervalMs = milliseconds(interval);
    return {
        idleMs: Math.max(idleMs, SECOND_MS),
        ...(intervalMs ? { intervalMs: Math.max(intervalMs, SECOND_MS) } : {}),
        ...(probes ? { probes } : {}),
    };
}

/** Both are there, or nobody could say when to ask or when to give up. */
function keepAliveOf(
    pings: NonNullable<ConnectionPoolSettings["http"]>["http2KeepAlive"],
): Pick<Partial<BackendPolicy["limits"]>, "keepAlive"> {
    const intervalMs = milliseconds(pings?.interval);
    const timeoutMs = milliseconds(pings?.timeout);
    return intervalMs && timeoutMs ? { keepAlive: { intervalMs, timeoutMs } } : {};
}

export function tunnelOf({ protocol, targetHost, targetPort }: TunnelSettings): NonNullable<BackendPolicy["tunnel"]> {
    return { method: protocol === "POST" ? "POST" : "CONNECT", targetHost, targetPort };
}
