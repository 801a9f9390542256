/**
 * What the primary sends the workers: plain data, structured-clone safe (no function, class instance, RegExp or
 * SecureContext). The compiler is a pure function from resources to these tables; a worker binds them. Each entry
 * has a key, knows the object, field, file and line it came from, and travels alone when it alone changed.
 */
import type { GatewayOptions } from "../../istio/semantics";
import type { AccessLogEntry } from "./access-logs";
import type { AccessEntry, AuthorizationPolicyEntry, ExternalProviderEntry, KeySetEntry, RequestAuthenticationEntry } from "./access";
import type { ClusterEntry, EndpointsEntry } from "./clusters";
import type { EdgeEntry } from "./edge";
import type { ProxyTableEntry, SourcesEntry, TunnelRouteEntry } from "./egress";
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
