/**
 * Istio's networking.istio.io/v1 kinds, named and shaped as Istio's protos name and shape them
 * (istio/api networking/v1alpha3/*.proto). Durations are strings as in YAML: `"5s"`, `"100ms"`.
 */
import type { SpecObject } from "./object";
import type { WorkloadEntry } from "./workloads";

/** Exactly one of the three. An empty object means presence, where the field allows it. */
export interface StringMatch {
    readonly exact?: string;
    readonly prefix?: string;
    /** RE2, matched against the whole value. */
    readonly regex?: string;
}

// --- Gateway -----------------------------------------------------------------------------------------------------

export type TlsMode = "PASSTHROUGH" | "SIMPLE" | "MUTUAL" | "AUTO_PASSTHROUGH" | "ISTIO_MUTUAL" | "OPTIONAL_MUTUAL";
export type TlsProtocol = "TLS_AUTO" | "TLSV1_0" | "TLSV1_1" | "TLSV1_2" | "TLSV1_3";

export interface ServerTLSSettings {
    readonly httpsRedirect?: boolean;
    /** Istio's default is PASSTHROUGH, also on HTTPS. */
    readonly mode?: TlsMode;
    readonly credentialName?: string;
    readonly credentialNames?: readonly string[];
    readonly serverCertificate?: string;
    readonly privateKey?: string;
    readonly caCertificates?: string;
    readonly tlsCertificates?: readonly {
        readonly serverCertificate?: string;
        readonly privateKey?: string;
        readonly caCertificates?: string;
    }[];
    readonly caCertCredentialName?: string;
    readonly caCrl?: string;
    readonly subjectAltNames?: readonly string[];
    readonly verifyCertificateSpki?: readonly string[];
    readonly verifyCertificateHash?: readonly string[];
    readonly minProtocolVersion?: TlsProtocol;
    readonly maxProtocolVersion?: TlsProtocol;
    readonly cipherSuites?: readonly string[];
    readonly insecureSkipVerify?: boolean;
}

export interface GatewayPort {
    readonly number: number;
    readonly protocol: string;
    readonly name: string;
    readonly targetPort?: number;
}

export interface Server {
    readonly port: GatewayPort;
    readonly bind?: string;
    /** `[namespace/]dnsName`. */
    readonly hosts: readonly string[];
    readonly tls?: ServerTLSSettings;
    readonly name?: string;
    readonly defaultEndpoint?: string;
}

export interface Gateway {
    readonly selector?: Readonly<Record<string, string>>;
    readonly servers: readonly Server[];
}
export type GatewayObject = SpecObject<"Gateway", Gateway>;

// --- VirtualService ----------------------------------------------------------------------------------------------

export interface Destination {
    readonly host: string;
    readonly subset?: string;
    readonly port?: { readonly number: number };
}

export interface HeaderOperations {
    readonly set?: Readonly<Record<string, string>>;
    readonly add?: Readonly<Record<string, string>>;
    readonly remove?: readonly string[];
}
export interface Headers {
    readonly request?: HeaderOperations;
    readonly response?: HeaderOperations;
}

export interface HTTPRouteDestination {
    readonly destination: Destination;
    readonly weight?: number;
    readonly headers?: Headers;
}

export interface HTTPMatchRequest {
    readonly name?: string;
    readonly uri?: StringMatch;
    readonly scheme?: StringMatch;
    readonly method?: StringMatch;
    readonly authority?: StringMatch;
    readonly headers?: Readonly<Record<string, StringMatch>>;
    readonly withoutHeaders?: Readonly<Record<string, StringMatch>>;
    readonly queryParams?: Readonly<Record<string, StringMatch>>;
    readonly port?: number;
    readonly sourceLabels?: Readonly<Record<string, string>>;
    readonly sourceNamespace?: string;
    readonly gateways?: readonly string[];
    readonly ignoreUriCase?: boolean;
    readonly statPrefix?: string;
}

export interface HTTPRedirect {
    readonly uri?: string;
    readonly authority?: string;
    readonly port?: number;
    readonly derivePort?: "FROM_PROTOCOL_DEFAULT" | "FROM_REQUEST_PORT";
    readonly scheme?: string;
    readonly redirectCode?: number;
    readonly prefixRewrite?: string;
}

export interface HTTPDirectResponse {
    readonly status: number;
    readonly body?: { readonly string?: string; readonly bytes?: string };
}

export interface HTTPRewrite {
    readonly uri?: string;
    readonly authority?: string;
    readonly uriRegexRewrite?: { readonly match?: string; readonly rewrite?: string };
}

export interface HTTPRetry {
    readonly attempts?: number;
    readonly perTryTimeout?: string;
    readonly retryOn?: string;
    readonly retryRemoteLocalities?: boolean;
    readonly retryIgnorePreviousHosts?: boolean;
    readonly backoff?: string;
}

export interface Percent {
    readonly value?: number;
}

export interface HTTPFaultInjection {
    readonly delay?: {
        readonly percentage?: Percent;
        readonly percent?: number;
        readonly fixedDelay?: string;
        readonly exponentialDelay?: string;
    };
    readonly abort?: {
        readonly percentage?: Percent;
        readonly httpStatus?: number;
        readonly grpcStatus?: string;
        readonly http2Error?: string;
    };
}

export interface CorsPolicy {
    readonly allowOrigin?: readonly string[];
    readonly allowOrigins?: readonly StringMatch[];
    readonly allowMethods?: readonly string[];
    readonly allowHeaders?: readonly string[];
    readonly exposeHeaders?: readonly string[];
    readonly maxAge?: string;
    readonly allowCredentials?: boolean;
    readonly unmatchedPreflights?: "UNSPECIFIED" | "FORWARD" | "IGNORE";
}

export interface HTTPMirrorPolicy {
    readonly destination: Destination;
    readonly percentage?: Percent;
}

export interface HTTPRoute {
    readonly name?: string;
    readonly match?: readonly HTTPMatchRequest[];
    readonly route?: readonly HTTPRouteDestination[];
    readonly redirect?: HTTPRedirect;
    readonly directResponse?: HTTPDirectResponse;
    readonly delegate?: { readonly name?: string; readonly namespace?: string };
    readonly rewrite?: HTTPRewrite;
    readonly timeout?: string;
    readonly retries?: HTTPRetry;
    readonly fault?: HTTPFaultInjection;
    readonly mirror?: Destination;
    readonly mirrors?: readonly HTTPMirrorPolicy[];
    readonly mirrorPercent?: number;
    readonly mirrorPercentage?: Percent;
    readonly corsPolicy?: CorsPolicy;
    readonly headers?: Headers;
}

export interface RouteDestination {
    readonly destination: Destination;
    readonly weight?: number;
}

export interface L4MatchAttributes {
    readonly destinationSubnets?: readonly string[];
    readonly port?: number;
    readonly sourceLabels?: Readonly<Record<string, string>>;
    readonly sourceNamespace?: string;
    readonly sourceSubnet?: string;
    readonly gateways?: readonly string[];
}
export interface TLSMatchAttributes extends Omit<L4MatchAttributes, "sourceSubnet"> {
    readonly sniHosts: readonly string[];
}
export interface TLSRoute {
    readonly match: readonly TLSMatchAttributes[];
    readonly route?: readonly RouteDestination[];
}
export interface TCPRoute {
    readonly match?: readonly L4MatchAttributes[];
    readonly route?: readonly RouteDestination[];
}

export interface VirtualService {
    readonly hosts?: readonly string[];
    /** `name` is looked up in the VirtualService's own namespace. Absent means `mesh` only. */
    readonly gateways?: readonly string[];
    readonly http?: readonly HTTPRoute[];
    readonly tls?: readonly TLSRoute[];
    readonly tcp?: readonly TCPRoute[];
    readonly exportTo?: readonly string[];
}
export type VirtualServiceObject = SpecObject<"VirtualService", VirtualService>;

// --- ServiceEntry ------------------------------------------------------------------------------------------------

export type Resolution = "NONE" | "STATIC" | "DNS" | "DNS_ROUND_ROBIN" | "DYNAMIC_DNS";

export interface ServicePort {
    readonly number: number;
    readonly protocol?: string;
    readonly name: string;
    readonly targetPort?: number;
}

export interface ServiceEntry {
    readonly hosts: readonly string[];
    readonly addresses?: readonly string[];
    readonly ports?: readonly ServicePort[];
    readonly location?: "MESH_EXTERNAL" | "MESH_INTERNAL";
    readonly resolution?: Resolution;
    readonly endpoints?: readonly WorkloadEntry[];
    readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
    readonly exportTo?: readonly string[];
    readonly subjectAltNames?: readonly string[];
}
export type ServiceEntryObject = SpecObject<"ServiceEntry", ServiceEntry>;

// --- DestinationRule ---------------------------------------------------------------------------------------------

export interface ClientTLSSettings {
    readonly mode?: "DISABLE" | "SIMPLE" | "MUTUAL" | "ISTIO_MUTUAL";
    readonly clientCertificate?: string;
    readonly privateKey?: string;
    readonly caCertificates?: string;
    readonly credentialName?: string;
    readonly subjectAltNames?: readonly string[];
    readonly sni?: string;
    readonly insecureSkipVerify?: boolean;
    readonly caCrl?: string;
}
export interface LoadBalancerSettings {
    readonly simple?: "UNSPECIFIED" | "RANDOM" | "PASSTHROUGH" | "ROUND_ROBIN" | "LEAST_REQUEST" | "LEAST_CONN";
    readonly consistentHash?: ConsistentHashSettings;
    readonly localityLbSetting?: LocalityLbSettings;
    readonly zoneAwareLbSetting?: ZoneAwareLbSettings;
    readonly warmup?: WarmupSettings;
    readonly warmupDurationSecs?: string;
}
export interface ConsistentHashSettings {
    readonly httpHeaderName?: string;
    readonly httpCookie?: {
        readonly name: string;
        readonly path?: string;
        readonly ttl?: string;
        readonly attributes?: readonly { readonly name: string; readonly value?: string }[];
    };
    readonly useSourceIp?: boolean;
    readonly httpQueryParameterName?: string;
    readonly ringHash?: { readonly minimumRingSize?: number };
    readonly maglev?: { readonly tableSize?: number };
    readonly minimumRingSize?: number;
}
export interface LocalityFailover {
    readonly from?: string;
    readonly to?: string;
}
export interface LocalityLbSettings {
    readonly distribute?: readonly { readonly from?: string; readonly to?: Readonly<Record<string, number>> }[];
    readonly failover?: readonly LocalityFailover[];
    readonly failoverPriority?: readonly string[];
    readonly enabled?: boolean;
}
export interface ZoneAwareLbSettings {
    readonly enabled?: boolean;
    readonly minClusterSize?: number;
    readonly failover?: readonly LocalityFailover[];
    readonly failoverPriority?: readonly string[];
}
export interface WarmupSettings {
    readonly duration?: string;
    readonly minimumPercent?: number;
    readonly aggression?: number;
}
export interface ConnectionPoolSettings {
    readonly tcp?: {
        readonly maxConnections?: number;
        readonly connectTimeout?: string;
        readonly idleTimeout?: string;
        readonly maxConnectionDuration?: string;
        readonly tcpKeepalive?: { readonly probes?: number; readonly time?: string; readonly interval?: string };
    };
    readonly http?: {
        readonly http1MaxPendingRequests?: number;
        readonly http2MaxRequests?: number;
        readonly maxRequestsPerConnection?: number;
        readonly maxRetries?: number;
        readonly idleTimeout?: string;
        readonly h2UpgradePolicy?: "DEFAULT" | "DO_NOT_UPGRADE" | "UPGRADE";
        readonly useClientProtocol?: boolean;
        readonly maxConcurrentStreams?: number;
        readonly http2KeepAlive?: { readonly interval?: string; readonly timeout?: string };
    };
}
export interface OutlierDetection {
    readonly splitExternalLocalOriginErrors?: boolean;
    readonly consecutiveLocalOriginFailures?: number;
    readonly consecutiveGatewayErrors?: number;
    readonly consecutive5xxErrors?: number;
    readonly consecutiveErrors?: number;
    readonly interval?: string;
    readonly baseEjectionTime?: string;
    readonly maxEjectionPercent?: number;
    readonly minHealthPercent?: number;
    readonly outlierDetectionHttpErrorCodes?: readonly number[];
}
export interface TunnelSettings {
    /** CONNECT or POST. */
    readonly protocol?: string;
    readonly targetHost: string;
    readonly targetPort: number;
}
export interface RetryBudget {
    readonly percent?: number;
    readonly minRetryConcurrency?: number;
    readonly budgetInterval?: string;
}
export interface TrafficPolicy {
    readonly loadBalancer?: LoadBalancerSettings;
    readonly connectionPool?: ConnectionPoolSettings;
    readonly outlierDetection?: OutlierDetection;
    readonly tls?: ClientTLSSettings;
    readonly portLevelSettings?: readonly (Omit<TrafficPolicy, "portLevelSettings"> & { readonly port?: { readonly number: number } })[];
    readonly tunnel?: TunnelSettings;
    readonly proxyProtocol?: { readonly version?: "V1" | "V2" };
    readonly retryBudget?: RetryBudget;
}
export interface Subset {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly trafficPolicy?: TrafficPolicy;
}
export interface DestinationRule {
    readonly host: string;
    readonly trafficPolicy?: TrafficPolicy;
    readonly subsets?: readonly Subset[];
    readonly exportTo?: readonly string[];
    readonly workloadSelector?: { readonly matchLabels?: Readonly<Record<string, string>> };
}
export type DestinationRuleObject = SpecObject<"DestinationRule", DestinationRule>;

// --- Sidecar -----------------------------------------------------------------------------------------------------

export interface Sidecar {
    readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
    readonly ingress?: readonly Readonly<Record<string, unknown>>[];
    readonly egress?: readonly {
        readonly port?: ServicePort;
        readonly bind?: string;
        readonly captureMode?: "DEFAULT" | "IPTABLES" | "NONE";
        readonly hosts: readonly string[];
    }[];
    readonly inboundConnectionPool?: ConnectionPoolSettings;
    readonly outboundTrafficPolicy?: { readonly mode?: "REGISTRY_ONLY" | "ALLOW_ANY"; readonly egressProxy?: Destination };
}
export type SidecarObject = SpecObject<"Sidecar", Sidecar>;
