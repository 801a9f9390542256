/** Where requests and connections go: clusters, and the endpoints that they have at the moment. */
import type { DynamicEntry } from "./egress";
import type { Origin } from "./origin";

/** Key as in Istio: `outbound|<port>|<subset>|<host>`. */
export interface ClusterEntry {
    readonly key: string;
    /** Which endpoint a request or a connection goes to. The last two: by a hash of what its client says or is. */
    readonly lb: "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM" | "RING_HASH" | "MAGLEV";
    /** Of RING_HASH and MAGLEV; there without it, one is drawn for each. */
    readonly hash?: HashEntry;
    /** A new endpoint's share grows to the whole; of LEAST_REQUEST and ROUND_ROBIN. */
    readonly warmup?: WarmupEntry;
    /** Localities have shares of their own (`localityWeight` of endpoints), whatever is in them. */
    readonly localityWeights?: true;
    /** The own zone gets as much as it can carry. */
    readonly zoneAware?: ZoneAwareEntry;
    /** What its endpoints are spoken to in; `client`: in what each request came in. */
    readonly protocol: "http1" | "http2" | "client" | "tcp";
    /** Whose word it is that it is HTTP/2 where its port says something else: a DestinationRule's, or the mesh's. For people alone. */
    readonly protocolBy?: "rule" | "mesh";
    readonly connectTimeoutMs: number;
    readonly idleTimeoutMs: number;
    /** 0: no bound. */
    readonly maxRequestsPerConnection: number;
    readonly maxConnections: number;
    readonly maxPendingRequests: number;
    /** At once, over all connections. */
    readonly maxRequests: number;
    /** At once, of a connection of HTTP/2; absent: what the endpoint takes. */
    readonly maxConcurrentStreams?: number;
    /** Pings on connections of HTTP/2; absent: none. */
    readonly keepAlive?: KeepAliveEntry;
    /** Connections that are older take no further request, or end (TCP); absent: they may be of any age. */
    readonly maxConnectionDurationMs?: number;
    /** How the system finds out that a peer is gone; absent: after a minute of silence, then as the system does. */
    readonly tcpKeepalive?: TcpKeepaliveEntry;
    /** Further attempts that may be under way at once, over all requests; absent: no bound. */
    readonly maxRetries?: number;
    /** The same as a part of the requests under way; `maxRetries` says nothing then. */
    readonly retryBudget?: RetryBudgetEntry;
    readonly outlier?: OutlierEntry;
    readonly healthCheck?: HealthCheckEntry;
    /** Below so many per cent of endpoints that are well, requests go to all; absent: never. */
    readonly panicPercent?: number;
    /** Its endpoints are HTTP proxies, which are asked for a tunnel to this place. Of TCP. */
    readonly tunnel?: TunnelEntry;
    /** What the PROXY protocol's header says before anything else of a connection: whose it is. */
    readonly proxyProtocol?: "V1" | "V2";
    readonly tls?: UpstreamTlsEntry;
    /**
     * `static`: the EndpointsEntry has addresses. `dns`: its addresses are names, resolved by the worker's resolver. `logicalDns`:
     * the same, a name being one endpoint, whose new connections go to the first address that it has then. `original`: to
     * the address that the client's connection was meant for. `dynamic`: to the name that the request, the CONNECT or the
     * ClientHello is for, as `dynamic` has it.
     */
    readonly discovery: "static" | "dns" | "logicalDns" | "original" | "dynamic";
    readonly dynamic?: DynamicEntry;
    /** Ranges of inner addresses that names may have all the same; absent: nobody looks. */
    readonly innerAddresses?: readonly string[];
    /** SourcesEntry key: who may reach it; absent: everybody. */
    readonly allowFrom?: string;
    /** Of DestinationRules for its host, which hold (the first one's policy, the subsets of all) and which do not. For people alone. */
    readonly rules?: { readonly applied: readonly string[]; readonly lost: readonly { readonly rule: string; readonly why: string }[] };
    readonly origin: Origin;
}

/** What a client is known by again, and what it is looked up in. */
export interface HashEntry {
    /** What is hashed; of one that is not there, an endpoint is drawn. TCP has the client's address alone. */
    readonly policy:
        | { readonly kind: "header" /** Lower-case. */; readonly name: string }
        | HashCookieEntry
        | { readonly kind: "query"; readonly name: string }
        | { readonly kind: "sourceIp" };
    /** Points on the ring that somebody wants at the least, or the size of the Maglev table, a prime. Absent: the proxy's own. */
    readonly size?: number;
}
export interface HashCookieEntry {
    readonly kind: "cookie";
    readonly name: string;
    /** Whoever has none is given one, which lives so long; 0: until the browser closes. Absent: none is given. */
    readonly ttlSeconds?: number;
    /** Empty: none is said. */
    readonly path: string;
    /** As `SameSite=Strict`; without a value only the name. */
    readonly attributes: readonly { readonly name: string; readonly value: string }[];
}
export interface ZoneAwareEntry {
    /** `region/zone`, ours. */
    readonly zone: string;
    /** With fewer endpoints that are well, zones make no difference. */
    readonly minClusterSize: number;
}
export interface WarmupEntry {
    readonly windowMs: number;
    /** Percent of its weight that a new endpoint has at the least. */
    readonly minPercent: number;
    /** The exponent's reciprocal: 1 grows evenly with time. */
    readonly aggression: number;
}
export interface KeepAliveEntry {
    readonly intervalMs: number;
    /** For the answer, or the connection is lost. */
    readonly timeoutMs: number;
}
export interface TcpKeepaliveEntry {
    /** Of silence before the first probe. */
    readonly idleMs: number;
    /** Between probes, and how many may stay without an answer; absent: the system's. */
    readonly intervalMs?: number;
    readonly probes?: number;
}
export interface RetryBudgetEntry {
    readonly percent: number;
    /** So many there may always be. */
    readonly minimum: number;
    /** Requests that began within so long count too; absent: those under way alone. */
    readonly intervalMs?: number;
}
/** What an endpoint is put aside for, and for how long. 0 of a number in a row: never for that. */
export interface OutlierEntry {
    /** Answers of 5xx, failures to connect and the like in a row. */
    readonly consecutive5xx: number;
    /** Of those 502, 503, 504 and what has no answer. */
    readonly consecutiveGatewayErrors: number;
    /** What has no answer of its own is counted apart, by `consecutiveLocalOriginFailures`. */
    readonly splitExternalLocalOriginErrors: boolean;
    readonly consecutiveLocalOriginFailures: number;
    /** Statuses that count as errors in the place of 5xx; empty: 5xx. */
    readonly errorStatuses: readonly number[];
    /** How often it is looked whether an endpoint may come back. */
    readonly intervalMs: number;
    /** Times how often it was ejected. */
    readonly baseEjectionTimeMs: number;
    /** How many may be out at once; one may always be. */
    readonly maxEjectionPercent: number;
}
/** An endpoint is asked from time to time how it is. */
export interface HealthCheckEntry {
    readonly ask:
        | { readonly kind: "tcp" }
        | {
              readonly kind: "http";
              readonly path: string;
              /** Empty: the destination's host. */
              readonly host: string;
              /** From and to, both included. */
              readonly statuses: readonly (readonly [from: number, to: number])[];
          }
        | { readonly kind: "grpc"; readonly service: string; readonly host: string };
    /** Asked instead of the port requests go to. */
    readonly port?: number;
    readonly intervalMs: number;
    /** Up to so much later at random, so that not all are asked at once. */
    readonly jitterMs: number;
    readonly timeoutMs: number;
    /** In a row until an endpoint is left out, and until it is asked again. */
    readonly unhealthyThreshold: number;
    readonly healthyThreshold: number;
}
export interface TunnelEntry {
    readonly method: "CONNECT" | "POST";
    readonly targetHost: string;
    readonly targetPort: number;
}
export interface UpstreamTlsEntry {
    readonly mode: "SIMPLE" | "MUTUAL";
    /** SecretEntry keys. */
    readonly secret?: string;
    readonly caSecret?: string;
    /** Of a list of revoked certificates that stands apart from the CA. */
    readonly crlSecret?: string;
    /** Empty: the request's host. */
    readonly sni: string;
    readonly subjectAltNames: readonly string[];
    readonly insecureSkipVerify: boolean;
}

/** Key: the cluster's. Sent apart from it, so that a moving pod moves one small entry. */
export interface EndpointsEntry {
    readonly key: string;
    readonly endpoints: readonly EndpointEntry[];
}
export interface EndpointEntry {
    readonly address: string;
    readonly port: number;
    readonly weight: number;
    /** Those of a greater one get what those of a lesser one are not well enough for. Absent: 0. */
    readonly priority?: number;
    /** `region/zone/subzone`, what is not known at the end left out. Absent: nothing is known. */
    readonly locality?: string;
    /** The share of all endpoints of its locality (and priority) together, where localities have shares. */
    readonly localityWeight?: number;
    /** What its workload is called, for figures: `name;namespace;canonical service;canonical revision;app;version`. Absent: nobody says. */
    readonly workload?: string;
}
