/** The field table of every kind Gatehouse reads, with the API versions it is served under. */
import { GROUP_OF_KIND, type GroupKind, type Kind } from "../types";
import { destinationRuleFields } from "./destination-rule";
import { envoyFilterFields, proxyConfigFields, trafficExtensionFields, wasmPluginFields } from "./extensions";
import { any, object, required, type Field, type ObjectField } from "./field";
import { gatewayFields } from "./gateway";
import {
    endpointsFields,
    endpointSliceFields,
    ingressClassFields,
    ingressFields,
    istioStatusFields,
    metadataFields,
    podFields,
    secretFields,
    serviceFields,
} from "./kubernetes";
import { authorizationPolicyFields, requestAuthenticationFields } from "./security";
import { serviceEntryFields } from "./service-entry";
import { sidecarFields } from "./sidecar";
import { telemetryFields } from "./telemetry";
import { virtualServiceFields } from "./virtual-service";
import { workloadEntryFields, workloadGroupFields } from "./workloads";

export interface KindTable {
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

const istio = (versions: readonly string[], spec: ObjectField): KindTable => ({
    versions,
    root: object("the object", { ...outline, spec: required(spec), status: any("what the control plane says of it") }),
});
/** Of a kind whose status is read. */
const istioWithStatus = (versions: readonly string[], spec: ObjectField): KindTable => ({
    versions,
    root: object("the object", { ...outline, spec: required(spec), status: istioStatusFields() }),
});
/** Of a kind whose CRD lets `spec` be absent, which says as much as an empty one. */
const istioOrEmpty = (versions: readonly string[], spec: ObjectField): KindTable => istioOptional(versions, { ...spec, orEmpty: true });
/** Of a kind whose CRD lets `spec` be absent. */
const istioOptional = (versions: readonly string[], spec: ObjectField): KindTable => ({
    versions,
    root: object("the object", { ...outline, spec, status: any("what the control plane says of it") }),
});
const kubernetes = (versions: readonly string[], fields: Readonly<Record<string, Field>>): KindTable => ({
    versions,
    root: object("the object", { ...outline, status: any("the cluster's state of it"), ...fields }, { lenient: true }),
});

const NETWORKING = ["v1", "v1beta1", "v1alpha3"];

/** By group and kind: other groups have kinds of the same names. */
export const KIND_TABLES: Readonly<Record<GroupKind, KindTable>> = {
    "networking.istio.io/Gateway": istio(NETWORKING, gatewayFields),
    "networking.istio.io/VirtualService": istio(NETWORKING, virtualServiceFields),
    "networking.istio.io/ServiceEntry": istio(NETWORKING, serviceEntryFields),
    "networking.istio.io/WorkloadEntry": istioWithStatus(NETWORKING, workloadEntryFields),
    "networking.istio.io/WorkloadGroup": istio(NETWORKING, workloadGroupFields),
    "networking.istio.io/DestinationRule": istio(NETWORKING, destinationRuleFields),
    "networking.istio.io/Sidecar": istio(NETWORKING, sidecarFields),
    "telemetry.istio.io/Telemetry": istioOrEmpty(["v1", "v1alpha1"], telemetryFields),
    "security.istio.io/AuthorizationPolicy": istioOptional(["v1", "v1beta1"], authorizationPolicyFields),
    "security.istio.io/RequestAuthentication": istioOptional(["v1", "v1beta1"], requestAuthenticationFields),
    "extensions.istio.io/WasmPlugin": istio(["v1alpha1"], wasmPluginFields),
    "extensions.istio.io/TrafficExtension": istio(["v1alpha1"], trafficExtensionFields),
    "networking.istio.io/EnvoyFilter": istioOptional(["v1alpha3"], envoyFilterFields),
    "networking.istio.io/ProxyConfig": istioOptional(["v1beta1"], proxyConfigFields),
    "/Secret": kubernetes(["v1"], secretFields),
    "/Service": kubernetes(["v1"], { spec: required(serviceFields) }),
    "discovery.k8s.io/EndpointSlice": kubernetes(["v1", "v1beta1"], endpointSliceFields),
    "/Endpoints": kubernetes(["v1"], endpointsFields),
    "networking.k8s.io/Ingress": kubernetes(["v1"], { spec: required(ingressFields) }),
    "networking.k8s.io/IngressClass": kubernetes(["v1"], { spec: required(ingressClassFields) }),
    "/Pod": kubernetes(["v1"], podFields),
    "/Node": kubernetes(["v1"], { spec: any("not read") }),
    "/Namespace": kubernetes(["v1"], { spec: any("not read") }),
};

export function kindTable(kind: Kind): KindTable {
    return KIND_TABLES[`${GROUP_OF_KIND[kind]}/${kind}` as GroupKind];
}
