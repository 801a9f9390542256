export * from "./object";
export * from "./networking";
export * from "./telemetry";
export * from "./security";
export * from "./kubernetes";

import type { KubeObject } from "./object";
import type { DestinationRuleObject, GatewayObject, ServiceEntryObject, SidecarObject, VirtualServiceObject } from "./networking";
import type { TelemetryObject } from "./telemetry";
import type {
    AuthorizationPolicyObject,
    EnvoyFilterObject,
    ProxyConfigObject,
    RequestAuthenticationObject,
    TrafficExtensionObject,
    WasmPluginObject,
} from "./security";
import type { EndpointsObject, EndpointSliceObject, IngressObject, PodObject, SecretObject, ServiceObject } from "./kubernetes";

/** Every kind Gatehouse reads, by its name. */
export interface ObjectOfKind {
    Gateway: GatewayObject;
    VirtualService: VirtualServiceObject;
    ServiceEntry: ServiceEntryObject;
    DestinationRule: DestinationRuleObject;
    Sidecar: SidecarObject;
    Telemetry: TelemetryObject;
    AuthorizationPolicy: AuthorizationPolicyObject;
    RequestAuthentication: RequestAuthenticationObject;
    WasmPlugin: WasmPluginObject;
    TrafficExtension: TrafficExtensionObject;
    EnvoyFilter: EnvoyFilterObject;
    ProxyConfig: ProxyConfigObject;
    Secret: SecretObject;
    Service: ServiceObject;
    EndpointSlice: EndpointSliceObject;
    Endpoints: EndpointsObject;
    Ingress: IngressObject;
    Pod: PodObject;
}
export type Kind = keyof ObjectOfKind;
export type ModelObject = ObjectOfKind[Kind];
export type { KubeObject };
