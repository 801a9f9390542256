/** What is watched in a cluster. Components render a Role and a ClusterRole for exactly these. */
import { KIND_TABLES } from "../../../istio/fields";
import type { Kind } from "../../../istio/types";

export interface WatchedKind {
    readonly kind: Kind;
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
}

/** Secrets of these types hold no certificate, and the releases of a package manager are a megabyte each. */
const OTHER_SECRETS = ["helm.sh/release.v1", "kubernetes.io/service-account-token", "kubernetes.io/dockerconfigjson", "kubernetes.io/dockercfg", "bootstrap.kubernetes.io/token"];

function watched(kind: Kind, resource: string, more: Partial<WatchedKind> = {}): WatchedKind {
    const { group, versions } = KIND_TABLES[kind];
    return { kind, resource, group, versions, ownNamespace: false, needed: true, restricts: false, metadataOnly: false, ...more };
}

/** Pods are asked for once a DestinationRule has subsets, which select endpoints by the labels of their pods. */
export const PODS = watched("Pod", "pods", { metadataOnly: true });

export const ALWAYS_WATCHED: readonly WatchedKind[] = [
    watched("Gateway", "gateways"),
    watched("VirtualService", "virtualservices"),
    watched("ServiceEntry", "serviceentries"),
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
    watched("Ingress", "ingresses", { needed: false }),
    watched("Secret", "secrets", { ownNamespace: true, fieldSelector: OTHER_SECRETS.map((type) => `type!=${type}`).join(",") }),
];

/** Everything that is ever watched. */
export const WATCHED_KINDS: readonly WatchedKind[] = [...ALWAYS_WATCHED, PODS];

/** The path of a kind's collection, in one of its versions. */
export function collectionPath({ group, resource, ownNamespace }: WatchedKind, version: string, namespace: string): string {
    const api = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    return ownNamespace ? `${api}/namespaces/${encodeURIComponent(namespace)}/${resource}` : `${api}/${resource}`;
}

export function apiVersionOf({ group }: WatchedKind, version: string): string {
    return group === "" ? version : `${group}/${version}`;
}

/** `gateways.networking.istio.io`, as people name a resource. */
export function resourceText({ group, resource }: WatchedKind): string {
    return group === "" ? resource : `${resource}.${group}`;
}
