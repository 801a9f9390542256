/** The field table of every kind Gatehouse reads, with the API versions it is served under. */
import type { Kind } from "../types";
import { destinationRuleFields } from "./destination-rule";
import { envoyFilterFields, proxyConfigFields, trafficExtensionFields, wasmPluginFields } from "./extensions";
import { any, object, required, type Field, type ObjectField } from "./field";
import { gatewayFields } from "./gateway";
import { endpointsFields, endpointSliceFields, ingressFields, metadataFields, secretFields, serviceFields } from "./kubernetes";
import { authorizationPolicyFields, requestAuthenticationFields } from "./security";
import { serviceEntryFields } from "./service-entry";
import { sidecarFields } from "./sidecar";
import { telemetryFields } from "./telemetry";
import { virtualServiceFields } from "./virtual-service";

export interface KindTable {
    readonly group: string;
    /** The newest first. */
    readonly versions: readonly string[];
    /** The whole object. */
    readonly root: ObjectField;
}

const outline: Readonly<Record<string, Field>> = {
    apiVersion: required(any("the API the object belongs to")),
    kind: required(any("the kind of the object")),
    metadata: required(metadataFields),
};

const istio = (group: string, versions: readonly string[], spec: ObjectField): KindTable => ({
    group,
    versions,
    root: object("the object", { ...outline, spec: required(spec), status: any("what the control plane says of it") }),
});
/** Of a kind whose CRD lets `spec` be absent, which says as much as an empty one. */
const istioOrEmpty = (group: string, versions: readonly string[], spec: ObjectField): KindTable =>
    istioOptional(group, versions, { ...spec, orEmpty: true });
/** Of a kind whose CRD lets `spec` be absent. */
const istioOptional = (group: string, versions: readonly string[], spec: ObjectField): KindTable => ({
    group,
    versions,
    root: object("the object", { ...outline, spec, status: any("what the control plane says of it") }),
});
const kubernetes = (group: string, versions: readonly string[], fields: Readonly<Record<string, Field>>): KindTable => ({
    group,
    versions,
    root: object("the object", { ...outline, ...fields, status: any("the cluster's state of it") }, { lenient: true }),
});

const NETWORKING = ["v1", "v1beta1", "v1alpha3"];

export const KIND_TABLES: Readonly<Record<Kind, KindTable>> = {
    Gateway: istio("networking.istio.io", NETWORKING, gatewayFields),
    VirtualService: istio("networking.istio.io", NETWORKING, virtualServiceFields),
    ServiceEntry: istio("networking.istio.io", NETWORKING, serviceEntryFields),
    DestinationRule: istio("networking.istio.io", NETWORKING, destinationRuleFields),
    Sidecar: istio("networking.istio.io", NETWORKING, sidecarFields),
    Telemetry: istioOrEmpty("telemetry.istio.io", ["v1", "v1alpha1"], telemetryFields),
    AuthorizationPolicy: istioOptional("security.istio.io", ["v1", "v1beta1"], authorizationPolicyFields),
    RequestAuthentication: istioOptional("security.istio.io", ["v1", "v1beta1"], requestAuthenticationFields),
    WasmPlugin: istio("extensions.istio.io", ["v1alpha1"], wasmPluginFields),
    TrafficExtension: istio("extensions.istio.io", ["v1alpha1"], trafficExtensionFields),
    EnvoyFilter: istioOptional("networking.istio.io", ["v1alpha3"], envoyFilterFields),
    ProxyConfig: istioOptional("networking.istio.io", ["v1beta1"], proxyConfigFields),
    Secret: kubernetes("", ["v1"], secretFields),
    Service: kubernetes("", ["v1"], { spec: required(serviceFields) }),
    EndpointSlice: kubernetes("discovery.k8s.io", ["v1", "v1beta1"], endpointSliceFields),
    Endpoints: kubernetes("", ["v1"], endpointsFields),
    Ingress: kubernetes("networking.k8s.io", ["v1"], { spec: required(ingressFields) }),
    Pod: kubernetes("", ["v1"], { spec: any("its containers") }),
};

export function isKind(kind: string): kind is Kind {
    return Object.hasOwn(KIND_TABLES, kind);
}
