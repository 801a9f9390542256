/** What is watched in a cluster. Components render a Role and a ClusterRole for exactly these. */
import { REDIRECTS_LABEL } from "../../../istio/semantics/redirect-maps";
import { kindTable } from "../../../istio/fields";
import { apiVersionOf as groupVersion } from "../../../istio/semantics/api-groups";
import { GATEWAY_MESH_CONFIG_LABEL, MESH_CONFIG_MAP } from "../../../istio/semantics/root-namespace";
import { GROUP_OF_KIND, type Kind } from "../../../istio/types";

export interface WatchedKind {
    /** A ConfigMap is read for the mesh's configuration alone, and is no kind that is compiled. */
    readonly kind: Kind | "ConfigMap";
    /** Plural, as in paths and in roles. */
    readonly resource: string;
    /** Empty: Kubernetes' core. */
    readonly group: string;
    /** Newest first; the first that the cluster serves is taken. */
    readonly versions: readonly string[];
    /** Whether only the proxy's own namespace is read. */
    readonly ownNamespace: boolean;
    /** Whether routing can go wrong without it: then the proxy is not ready before it was read. */
    readonly needed: boolean;
    /** Whether its objects keep requests out: where the cluster has the kind, nothing is served before it was read. */
    readonly restricts: boolean;
    /** Whether its metadata is all that is asked for. */
    readonly metadataOnly: boolean;
    readonly fieldSelector?: string;
    readonly labelSelector?: string;
    /** The one object that is read. */
    readonly only?: { readonly namespace: string; readonly name: string };
}

/** Secrets of these types hold no certificate, and the releases of a package manager are a megabyte each. */
const OTHER_SECRETS = [
    "helm.sh/release.v1",
    "kubernetes.io/service-account-token",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/dockercfg",
    "bootstrap.kubernetes.io/token",
];

function watched(kind: Kind, resource: string, more: Partial<WatchedKind> = {}): WatchedKind {
    const group = GROUP_OF_KIND[kind];
    const { versions } = kindTable(kind);
    return { kind, resource, group, versions, ownNamespace: false, needed: true, restricts: false, metadataOnly: false, ...more };
}

/** Asked for once something needs them (`wanted-kinds.ts`): their labels alone, or with them their addresses. */
export const PODS = watched("Pod", "pods", { metadataOnly: true });
export const POD_ADDRESSES = watched("Pod", "pods");

/** For the labels that say where they stand. Without them nobody knows what is near, and all endpoints are alike. */
export const NODES = watched("Node", "nodes", { needed: false, metadataOnly: true });

export const ALWAYS_WATCHED: readonly WatchedKind[] = [
    watched("Gateway", "gateways"),
    watched("VirtualService", "virtualservices"),
    watched("ServiceEntry", "serviceentries"),
    watched("WorkloadEntry", "workloadentries"),
    watched("DestinationRule", "destinationrules"),
    watched("Sidecar", "sidecars", { needed: false }),
    watched("Telemetry", "telemetries", { needed: false }),
    watched("AuthorizationPolicy", "authorizationpolicies", { restricts: true }),
    watched("RequestAuthentication", "requestauthentications", { restricts: true }),
    watched("WasmPlugin", "wasmplugins", { restricts: true }),
    watched("TrafficExtension", "trafficextensions", { restricts: true }),
    watched("EnvoyFilter", "envoyfilters", { needed: false }),
    watched("ProxyConfig", "proxyconfigs", { needed: false }),
    watched("Service", "services"),
    watched("EndpointSlice", "endpointslices"),
    watched("Namespace", "namespaces", { needed: false, metadataOnly: true }),
    watched("Ingress", "ingresses", { needed: false }),
    watched("IngressClass", "ingressclasses", { needed: false }),
    watched("Secret", "secrets", { ownNamespace: true, fieldSelector: OTHER_SECRETS.map((type) => `type!=${type}`).join(",") }),
];

/** Where policies are for every gateway. Asked for unless the namespace was given: a policy in it must not be overlooked. */
export const MESH_CONFIG: WatchedKind = {
    kind: "ConfigMap",
    resource: "configmaps",
    group: "",
    versions: ["v1"],
    ownNamespace: false,
    needed: true,
    restricts: true,
    metadataOnly: false,
    only: MESH_CONFIG_MAP,
};

/** Who decides for CUSTOM policies may stand in the gateway's own configuration. Asked for once there is such a policy. */
export const GATEWAY_MESH_CONFIG: WatchedKind = {
    kind: "ConfigMap",
    resource: "configmaps",
    group: "",
    versions: ["v1"],
    ownNamespace: true,
    // Without it there are fewer providers, and what asks for one that there is not is denied.
    needed: false,
    restricts: false,
    metadataOnly: false,
    labelSelector: `${GATEWAY_MESH_CONFIG_LABEL}=true`,
};

/** Redirects in bulk. Asked for once a VirtualService names some. */
export const REDIRECT_MAPS: WatchedKind = { ...GATEWAY_MESH_CONFIG, labelSelector: `${REDIRECTS_LABEL}=true` };

/** Everything that is ever watched, each once. */
export const WATCHED_KINDS: readonly WatchedKind[] = [...ALWAYS_WATCHED, MESH_CONFIG, GATEWAY_MESH_CONFIG, REDIRECT_MAPS, PODS, NODES];

/** The path of a kind's collection, in one of its versions. */
export function collectionPath({ group, resource, ownNamespace, only }: WatchedKind, version: string, namespace: string): string {
    const api = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const within = only?.namespace ?? (ownNamespace ? namespace : undefined);
    return within === undefined ? `${api}/${resource}` : `${api}/namespaces/${encodeURIComponent(within)}/${resource}`;
}

/** Undefined: every object of the collection. A right to one name covers the list and the watch that select it. */
export function fieldSelectorOf({ fieldSelector, only }: WatchedKind): string | undefined {
    return only ? `metadata.name=${only.name}` : fieldSelector;
}

export function apiVersionOf({ group }: WatchedKind, version: string): string {
    return groupVersion(group, version);
}

/** `gateways.networking.istio.io`, as people name a resource. */
export function resourceText({ group, resource }: WatchedKind): string {
    return group === "" ? resource : `${resource}.${group}`;
}
