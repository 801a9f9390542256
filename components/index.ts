export { ArgumentsError, type Fault, type Inputs, type MetadataArgs } from "./arguments";
export type {
    AccessArgs,
    AccessRuleArgs,
    BasicAuthArgs,
    ExtAuthzBodyArgs,
    ExtAuthzHttpArgs,
    ExtensionProviderArgs,
    ExternalArgs,
    IpsArgs,
    JwtArgs,
} from "./access";
export {
    Certificate,
    type AuthorityKeys,
    type CertificateSource,
    type FilesArgs,
    type FromCertManager,
    type FromFiles,
    type FromPem,
    type FromSecret,
    type IssueArgs,
    type IssuerArgs,
    type PemArgs,
    type SelfSigned,
    type SignedBy,
    type TlsArgs,
} from "./certificate";
export { CertificateAuthority, type CertificateAuthorityArgs } from "./certificate-authority";
export {
    type DestinationArgs,
    type HTTPMirrorArgs,
    type HTTPRouteArgs,
    type HTTPRouteDestinationArgs,
    type ServicePortOf,
    type ServicePortShape,
    type ServiceShape,
} from "./destination";
export {
    EgressGateway,
    type EgressGatewayArgs,
    type EnforceArgs,
    type ForwardProxyArgs,
    type OutboundTrafficPolicy,
} from "./egress-gateway";
export {
    ExternalService,
    type ExternalMode,
    type ExternalPorts,
    type ExternalPortSpec,
    type ExternalServiceArgs,
    type ExternalSourceArgs,
    type ExternalTlsArgs,
} from "./external-service";
export type { AnyRef, EgressArg, ForwardProxyRef, GatewayKind, GatewayRef, IngressArg, SharedHosts } from "./gateway";
export type { GRPCFault, GRPCMatch, GRPCRetry, GRPCRetryCondition, GRPCRouteArgs } from "./grpc";
export type {
    BypassValueArgs,
    CompressionArgs,
    HstsArgs,
    MaintenanceArgs,
    MaintenanceBypassArgs,
    MaintenancePageArgs,
    RedirectArgs,
    RedirectsArgs,
    SecurityHeadersArgs,
} from "./edge";
export type { RateLimitArgs, RateLimitKeyArgs } from "./rate-limit";
export type { ErrorPageArgs } from "./error-pages";
export type { ConnectionLimitsArgs, HostLimitsArgs, RouteLimitsArgs } from "./host-limits";
export type { GrpcHealthCheckArgs, HealthCheckArgs, HttpHealthCheckArgs, TcpHealthCheckArgs } from "./health-check";
export { GatewayMonitoring, type AlertLimitsArgs, type GatewayMonitoringArgs } from "./gateway-monitoring";
export { IngressGateway, type IngressGatewayArgs, type SharedTlsArgs } from "./ingress-gateway";
export { IstioCrds, type IstioCrdsArgs, type IstioKind } from "./istio-crds";
export type { DeclaredPorts, GatewayPort, PortSpec, Ports, Protocol } from "./ports";
export { stackOutputs, type ExportsData, type StackOutputs } from "./stack-outputs";
export { TcpRoute, type TcpRouteArgs } from "./tcp-route";
export { VirtualHost, type StickyCookieArgs, type VirtualHostArgs, type VirtualHostTlsArgs } from "./virtual-host";
export type {
    AccessLogArgs,
    AutoscalingArgs,
    DataPlane,
    Manifest,
    ManifestKind,
    ManifestTransform,
    PodArgs,
    ResourcesArgs,
    RolloutArgs,
    SecretVolumeArgs,
    ServiceArgs,
    ServiceType,
    TracingArgs,
    WorkloadArgs,
} from "./workload";
