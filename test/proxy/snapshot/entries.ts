/** Table entries for tests, with all that a test does not care about filled in. */
import type {
    ClusterEntry,
    EndpointsEntry,
    FilterChainEntry,
    Origin,
    OutlierEntry,
    RetryEntry,
    RouteActionEntry,
    RouteEntry,
    RouteMatchEntry,
    TableEntries,
    TablesDelta,
    VirtualHostEntry,
} from "../../../proxy/tables";

export const ORIGIN: Origin = {
    group: "networking.istio.io",
    kind: "VirtualService",
    namespace: "default",
    name: "web",
    field: "spec.http[0]",
};
export const NO_RETRY: RetryEntry = { attempts: 0, on: [], statusCodes: [], perTryTimeoutMs: 0, backoffMs: 25 };

/** Istio's when a VirtualService says nothing. */
export const DEFAULT_RETRY: RetryEntry = {
    attempts: 2,
    on: ["connect-failure", "refused-stream", "unavailable", "cancelled"],
    statusCodes: [],
    perTryTimeoutMs: 0,
    backoffMs: 25,
};

type Forward = Extract<RouteActionEntry, { kind: "forward" }>;

export function forwardTo(cluster: string, more: Partial<Forward> = {}): Forward {
    return { kind: "forward", clusters: [{ cluster, weight: 100 }], timeoutMs: 0, retry: NO_RETRY, mirrors: [], ...more };
}

export function match(more: Partial<RouteMatchEntry>): RouteMatchEntry {
    return { headers: [], queryParams: [], claims: [], ...more };
}

export function prefix(value: string): RouteMatchEntry {
    return match({ path: { kind: "prefix", value, ignoreCase: false } });
}

export function route(action: RouteActionEntry, more: Partial<RouteEntry> = {}): RouteEntry {
    return { name: "default", action, origin: ORIGIN, ...more };
}

export function virtualHost(domain: string, routes: readonly RouteEntry[], more: Partial<VirtualHostEntry> = {}): VirtualHostEntry {
    const routeTable = more.routeTable ?? "http.80";
    return { key: `${routeTable} ${domain}`, routeTable, domain, httpsRedirect: false, routes, origin: ORIGIN, ...more };
}

export function cluster(key: string, more: Partial<ClusterEntry> = {}): ClusterEntry {
    return {
        key,
        lb: "LEAST_REQUEST",
        protocol: "http1",
        connectTimeoutMs: 1000,
        idleTimeoutMs: 60_000,
        maxRequestsPerConnection: 0,
        maxConnections: 0,
        maxPendingRequests: 0,
        maxRequests: 0,
        discovery: "static",
        origin: ORIGIN,
        ...more,
    };
}

/** Of answers 5xx, so many in a row; nothing comes back within a test. */
export function outlier(consecutive5xx: number): OutlierEntry {
    return {
        consecutive5xx,
        consecutiveGatewayErrors: 0,
        splitExternalLocalOriginErrors: false,
        consecutiveLocalOriginFailures: 5,
        errorStatuses: [],
        intervalMs: 3_600_000,
        baseEjectionTimeMs: 30_000,
        maxEjectionPercent: 100,
    };
}

export function endpoints(key: string, ...ports: readonly (number | { address: string; port: number; weight: number })[]): EndpointsEntry {
    return { key, endpoints: ports.map((one) => (typeof one === "number" ? { address: "127.0.0.1", port: one, weight: 1 } : one)) };
}

export function httpsChain(name: string, serverNames: readonly string[], mode: "SIMPLE" | "MUTUAL" = "SIMPLE"): FilterChainEntry {
    return {
        key: `chain ${name}`,
        listener: "0.0.0.0:443",
        serverNames,
        target: { kind: "http", routeTable: `https.443.${name}` },
        origin: ORIGIN,
        tls: {
            mode,
            secrets: [],
            minVersion: "TLSv1.2",
            maxVersion: "TLSv1.3",
            cipherSuites: [],
            alpn: [],
            subjectAltNames: [],
            insecureSkipVerify: false,
        },
    };
}

type Sets = { readonly [T in keyof TableEntries]?: readonly TableEntries[T][] };

/** All requests go to one endpoint: of a cluster `c`, by the only route there is. */
export function forwardingTo(port: number, more: Partial<ClusterEntry> = {}, action: Partial<Forward> = {}): TablesDelta {
    return delta(1, {
        virtualHosts: [virtualHost("*", [route(forwardTo("c", action))])],
        clusters: [cluster("c", more)],
        endpoints: [endpoints("c", port)],
    });
}

export function delta(version: number, set: Sets, remove: TablesDelta["remove"] = {}): TablesDelta {
    return { version, full: version === 1, set, remove };
}
