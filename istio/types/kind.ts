/** Every kind that is read, by its name, with its type and its API group. */
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
import type {
    EndpointsObject,
    EndpointSliceObject,
    IngressClassObject,
    IngressObject,
    NamespaceObject,
    NodeObject,
    PodObject,
    SecretObject,
    ServiceObject,
} from "./kubernetes";
import type { WorkloadEntryObject, WorkloadGroupObject } from "./workloads";

export interface ObjectOfKind {
    Gateway: GatewayObject;
    VirtualService: VirtualServiceObject;
    ServiceEntry: ServiceEntryObject;
    WorkloadEntry: WorkloadEntryObject;
    WorkloadGroup: WorkloadGroupObject;
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
    IngressClass: IngressClassObject;
    Pod: PodObject;
    Node: NodeObject;
    Namespace: NamespaceObject;
}
export type Kind = keyof ObjectOfKind;
export type ModelObject = ObjectOfKind[Kind];

/** A kind of another group that has one of these names is another kind: Gateway API's Gateway is not Istio's. */
export const GROUP_OF_KIND = {
    Gateway: "networking.istio.io",
    VirtualService: "networking.istio.io",
    ServiceEntry: "networking.istio.io",
    WorkloadEntry: "networking.istio.io",
    WorkloadGroup: "networking.istio.io",
    DestinationRule: "networking.istio.io",
    Sidecar: "networking.istio.io",
    Telemetry: "telemetry.istio.io",
    AuthorizationPolicy: "security.istio.io",
    RequestAuthentication: "security.istio.io",
    WasmPlugin: "extensions.istio.io",
    TrafficExtension: "extensions.istio.io",
    EnvoyFilter: "networking.istio.io",
    ProxyConfig: "networking.istio.io",
    Secret: "",
    Service: "",
    EndpointSlice: "discovery.k8s.io",
    Endpoints: "",
    Ingress: "networking.k8s.io",
    IngressClass: "networking.k8s.io",
    Pod: "",
    Node: "",
    Namespace: "",
} as const satisfies Readonly<Record<Kind, string>>;

export const KINDS = Object.keys(GROUP_OF_KIND) as readonly Kind[];

/** `networking.istio.io/Gateway`; of Kubernetes' core `/Service`. */
export type GroupKind = { readonly [K in Kind]: `${(typeof GROUP_OF_KIND)[K]}/${K}` }[Kind];
