/**
 * What the primary sends the workers: plain data, structured-clone safe (no function, class instance, RegExp or
 * SecureContext). The compiler is a pure function from resources to these tables; a worker binds them. Each entry
 * has a key, knows the object, field, file and line it came from, and travels alone when it alone changed.
 */
import type { GatewayOptions } from "../../istio/semantics";
import type { AccessLogEntry } from "./access-logs";
import type { AccessEntry, AuthorizationPolicyEntry, ExternalProviderEntry, KeySetEntry, RequestAuthenticationEntry } from "./access";
import type { EdgeEntry } from "./edge";
import type { DynamicEntry, ProxyTableEntry, SourcesEntry, TunnelRouteEntry } from "./egress";
import type { ErrorPagesEntry } from "./error-pages";
import type { LimitsEntry } from "./limits";
import type { RouteMatchEntry, StringMatchEntry } from "./match-entry";
import type { MetricsEntry } from "./metrics";
import type { Origin } from "./origin";
import type { RedirectMapEntry } from "./redirects";
import type { TracingEntry } from "./tracing";

/** Why nothing is let in: a policy that is not evaluated here. HTTP requests get 403, connections are closed. */
export interface RefusalEntry {
    /** As Envoy's RBAC filter names it: `rbac_access_denied_matched_policy[ns[shop]-policy[deny]]`. */
    readonly detail: string;
    /** Of several policies the oldest. */
    readonly origin: Origin;
}

// --- listeners -----------------------------------------------------------------------------------------------------

/**
 * How traffic that was meant for somebody else comes to a listener of a mesh. `proxy`: clients name the destination in each
 * request. `transparent`: the kernel has turned connections round, and knows whom each was meant for. `local`: it stands on the
 * destination's own address. `virtual`: it opens nothing; the two before lead to it, by the address and port that was meant.
 */
export type Capture = "proxy" | "transparent" | "local" | "virtual";

/** One listening address. Key: `bind:port` with the declared port, `0.0.0.0:443`. */
export interface ListenerEntry {
    readonly key: string;
    /** Absent: what is served here is what clients mean to reach. */
    readonly capture?: Capture;
    /** IP literal; of a virtual one also a block of addresses, `10.0.0.0/8`. */
    readonly bind: string;
    /** The Gateway server's port, which `match.port` and route tables speak of. */
    readonly port: number;
    /** What is opened: the Service's targetPort for it, before `--port-offset`. */
    readonly targetPort: number;
    /** `http` and `tcp` listeners are plaintext and have one chain; `tls` has one a server name set, chosen by SNI. */
    readonly kind: "http" | "tcp" | "tls";
    /** How many proxies in front of it are believed about a client's address; absent: none. */
    readonly trustedProxies?: number;
    /** How clients are taken, where not as by default. */
    readonly options?: GatewayOptions;
    /** Nobody is served: how is not known. */
    readonly refusal?: RefusalEntry;
    /** An application sends here: what it says of itself is passed on, and nothing is said of it. */
    readonly outbound?: true;
    readonly origin: Origin;
}

/** What a connection is served by, once its listener (and SNI) is known. */
export interface FilterChainEntry {
    readonly key: string;
    /** ListenerEntry key. */
    readonly listener: string;
    /** Lower-case exact names and `*.suffix` wildcards; empty: any, also clients without SNI. Only on tls listeners. */
    readonly serverNames: readonly string[];
    /** Absent on plaintext listeners. */
    readonly tls?: { readonly mode: "PASSTHROUGH" } | TlsTermination;
    readonly target: { readonly kind: "http"; readonly routeTable: string } | { readonly kind: "tcp"; readonly route: TcpRouteEntry };
    /** Of TCP and passthrough; HTTP has it in its route table. */
    readonly refusal?: RefusalEntry;
    /** AccessEntry key, of TCP and passthrough. */
    readonly access?: string;
    readonly origin: Origin;
}

export interface TlsTermination {
    readonly mode: "SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL";
    /** SecretEntry keys, at least one (RSA beside ECDSA: two). */
    readonly secrets: readonly string[];
    /** SecretEntry key of the CA for client certificates, and of the list of those it took back. */
    readonly caSecret?: string;
    /** SecretEntry key of a list that stands apart from the CA. */
    readonly crlSecret?: string;
    /** SHA-256 of a client's public key, base64, or of its certificate, hex in small letters: one of all these, where there are any. */
    readonly verifyCertificateSpki?: readonly string[];
    readonly verifyCertificateHash?: readonly string[];
    readonly minVersion: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
    readonly maxVersion: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
    /** OpenSSL names for TLS 1.2 and below; empty: the default list. */
    readonly cipherSuites: readonly string[];
    readonly alpn: readonly string[];
    /** Client certificates must have one of these SANs; empty: any. */
    readonly subjectAltNames: readonly string[];
    readonly insecureSkipVerify: boolean;
}

/** Over all workers of a pod. */
export interface ConnectionLimitsEntry {
    readonly connections?: number;
    readonly connectionsPerAddress?: number;
    readonly connectionsPerSecondPerAddress?: number;
}

export interface TcpRouteEntry {
    readonly clusters: readonly { readonly cluster: string; readonly weight: number }[];
    /** Of all connections of the object that it was written in; absent: as many as there are. */
    readonly limits?: ConnectionLimitsEntry;
    readonly origin: Origin;
}

// --- HTTP routes ---------------------------------------------------------------------------------------------------

/** A route table: `http.80`, `https.443.https.public.istio-ingress`. Its virtual hosts are entries of their own. */
export interface RouteTableEntry {
    readonly key: string;
    /** The declared port, for redirects. */
    readonly port: number;
    /** Calls in gRPC-Web become gRPC. */
    readonly grpcWeb?: true;
    /**
     * Its clients ask a proxy: by absolute form, and for tunnels by CONNECT. Its hosts have the port in their names, as in
     * `api.example.com:443` and `*.example.com:443`; a name without one says only that the host has other ports.
     */
    readonly proxy?: ProxyTableEntry;
    /** Of every request. */
    readonly refusal?: RefusalEntry;
    /** AccessEntry key, of every request; absent: what a virtual host says, else everybody. */
    readonly access?: string;
    readonly origin: Origin;
}

/** Key: `<routeTable> <domain>`. */
export interface VirtualHostEntry {
    readonly key: string;
    readonly routeTable: string;
    /** Lower-case exact name, `*.suffix` or `*`. */
    readonly domain: string;
    /** httpsRedirect: every request of this host gets 301 to https, before any route. */
    readonly httpsRedirect: boolean;
    /** Where the Gateways of a table differ: of the requests for this host. */
    readonly refusal?: RefusalEntry;
    readonly access?: string;
    /** ErrorPagesEntry key. */
    readonly errorPages?: string;
    /** EdgeEntry keys, in the order in which they hold. */
    readonly edge?: readonly string[];
    /** LimitsEntry keys: all of them count. */
    readonly limits?: readonly string[];
    /** In order: the first that matches is taken. One per match block. */
    readonly routes: readonly RouteEntry[];
    /** Of a proxy's table: what CONNECT to it leads to; absent: it is refused. */
    readonly connect?: TunnelRouteEntry;
    /** Of a proxy's table: the RouteTableEntry of the listener whose routes come first, where they have the host. */
    readonly before?: string;
    /** Of a proxy's table, of a host without port: a wildcard that has other ports does not stand for it. */
    readonly hasNoOtherPorts?: true;
    readonly origin: Origin;
}

/** Applied in the order remove, set, add; names lower-case, sorted. */
export interface HeaderOpsEntry {
    readonly remove: readonly string[];
    readonly set: readonly (readonly [name: string, value: string])[];
    readonly add: readonly (readonly [name: string, value: string])[];
}

export interface WeightedClusterEntry {
    readonly cluster: string;
    readonly weight: number;
    readonly request?: HeaderOpsEntry;
    readonly response?: HeaderOpsEntry;
    /** Host of the request where this destination is taken; only where the action has no `hostRewrite`. */
    readonly hostRewrite?: string;
}

export interface RetryEntry {
    /** How many times a request is tried again. 0: never. */
    readonly attempts: number;
    /** Words of retryOn, lower-case. */
    readonly on: readonly string[];
    readonly statusCodes: readonly number[];
    /** 0: as long as the route's timeout. */
    readonly perTryTimeoutMs: number;
    readonly backoffMs: number;
    /** Attempts may go to endpoints that have failed already. */
    readonly anyEndpoint?: true;
    /** Further attempts go to endpoints of other localities too. */
    readonly remoteLocalities?: true;
}

export type RouteActionEntry =
    | {
          readonly kind: "forward";
          readonly clusters: readonly WeightedClusterEntry[];
          /** Replaces what the path match matched, or the whole path. */
          readonly rewrite?:
              | { readonly kind: "prefix" | "full"; readonly value: string }
              | { readonly kind: "regex"; readonly match: string; readonly substitution: string };
          readonly hostRewrite?: string;
          /** 0: none. */
          readonly timeoutMs: number;
          readonly retry: RetryEntry;
          readonly mirrors: readonly { readonly cluster: string; readonly percent: number }[];
      }
    | {
          readonly kind: "redirect";
          readonly status: number;
          readonly scheme?: string;
          readonly authority?: string;
          /** A number, or the request's own port by derivePort. */
          readonly port?: number | "request";
          readonly path?: { readonly kind: "prefix" | "full"; readonly value: string };
      }
    | { readonly kind: "direct"; readonly status: number /** Base64. */; readonly body?: string }
    /** The rule can't be served. Its requests are answered with 500, and never left to a later rule. */
    | { readonly kind: "refuse"; readonly why: string };

export interface RouteEntry {
    /** `route.match` as in Istio's ROUTE_NAME; `default` without names. */
    readonly name: string;
    /** Absent: matches every request. */
    readonly match?: RouteMatchEntry;
    readonly action: RouteActionEntry;
    /** Operations of the route itself; those of a destination stand with it. */
    readonly request?: HeaderOpsEntry;
    readonly response?: HeaderOpsEntry;
    readonly cors?: CorsEntry;
    readonly fault?: FaultEntry;
    /** Of a request's body; absent: as the gateway says. */
    readonly maxRequestBodyBytes?: number;
    readonly origin: Origin;
}

export interface CorsEntry {
    readonly allowOrigins: readonly StringMatchEntry[];
    readonly allowMethods: string;
    readonly allowHeaders: string;
    readonly exposeHeaders: string;
    /** Seconds as text; empty: not sent. */
    readonly maxAge: string;
    readonly allowCredentials: boolean;
    readonly forwardUnmatchedPreflights: boolean;
}
export interface FaultEntry {
    readonly delay?: { readonly percent: number; readonly delayMs: number };
    readonly abort?: { readonly percent: number; readonly status: number; readonly grpcStatus?: number };
}

// --- upstreams -----------------------------------------------------------------------------------------------------

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
}

// --- certificates --------------------------------------------------------------------------------------------------

/** Key: `kubernetes://ns/name`, `file:///path`. Travels over the process boundary in memory only; never logged. */
export interface SecretEntry {
    readonly key: string;
    /** PEM chain and key; both empty for a CA-only entry. */
    readonly certificate: string;
    readonly privateKey: string;
    /** PEM; empty: none. */
    readonly ca: string;
    /** PEM of lists of revoked certificates. One that can't be read refuses whoever would be verified by it. */
    readonly crl?: string;
    /** Base64 of the OCSP response for the certificate. */
    readonly staple?: string;
    /** SHA-256 over all of it: what a worker compares to know that it changed. */
    readonly fingerprint: string;
    readonly origin: Origin;
}

/** All tables, each keyed by its entries' `key`. */
export interface TableEntries {
    listeners: ListenerEntry;
    chains: FilterChainEntry;
    routeTables: RouteTableEntry;
    virtualHosts: VirtualHostEntry;
    clusters: ClusterEntry;
    endpoints: EndpointsEntry;
    secrets: SecretEntry;
    accessLogs: AccessLogEntry;
    metrics: MetricsEntry;
    access: AccessEntry;
    authorizations: AuthorizationPolicyEntry;
    authentications: RequestAuthenticationEntry;
    keySets: KeySetEntry;
    providers: ExternalProviderEntry;
    sources: SourcesEntry;
    errorPages: ErrorPagesEntry;
    edges: EdgeEntry;
    redirectMaps: RedirectMapEntry;
    limits: LimitsEntry;
    tracing: TracingEntry;
}
export type TableName = keyof TableEntries;
export type Tables = { readonly [T in TableName]: ReadonlyMap<string, TableEntries[T]> };

/** What one update carries. `full` starts from nothing; otherwise it applies on top of `base`. */
export interface TablesDelta {
    readonly version: number;
    /** Absent: `version - 1`. */
    readonly base?: number;
    readonly full: boolean;
    readonly set: { readonly [T in TableName]?: readonly TableEntries[T][] };
    readonly remove: { readonly [T in TableName]?: readonly string[] };
}
