/**
 * The kinds that Kubernetes and Istio have and Gatehouse does not read. A folder of manifests holds many of them; they
 * pass, while a misspelt kind must not pass as one of them.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
    "": [
        "Binding",
        "ConfigMap",
        "Endpoints",
        "Event",
        "LimitRange",
        "List",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "PodTemplate",
        "ReplicationController",
        "ResourceQuota",
        "Secret",
        "Service",
        "ServiceAccount",
    ],
    "admissionregistration.k8s.io": [
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ],
    "apiextensions.k8s.io": ["CustomResourceDefinition"],
    "apiregistration.k8s.io": ["APIService"],
    apps: ["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"],
    autoscaling: ["HorizontalPodAutoscaler", "Scale"],
    batch: ["CronJob", "Job"],
    "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle", "PodCertificateRequest"],
    "coordination.k8s.io": ["Lease", "LeaseCandidate"],
    "discovery.k8s.io": ["EndpointSlice"],
    "events.k8s.io": ["Event"],
    extensions: ["DaemonSet", "Deployment", "Ingress", "NetworkPolicy", "PodSecurityPolicy", "ReplicaSet"],
    "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
    "networking.k8s.io": ["IPAddress", "Ingress", "IngressClass", "NetworkPolicy", "ServiceCIDR"],
    "node.k8s.io": ["RuntimeClass"],
    policy: ["Eviction", "PodDisruptionBudget", "PodSecurityPolicy"],
    "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    "resource.k8s.io": ["DeviceClass", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"],
    "scheduling.k8s.io": ["PriorityClass"],
    "storage.k8s.io": ["CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
    "networking.istio.io": [
        "DestinationRule",
        "EnvoyFilter",
        "Gateway",
        "ProxyConfig",
        "ServiceEntry",
        "Sidecar",
        "VirtualService",
        "WorkloadEntry",
        "WorkloadGroup",
    ],
    "security.istio.io": ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"],
    "telemetry.istio.io": ["Telemetry"],
    "extensions.istio.io": ["TrafficExtension", "WasmPlugin"],
    "install.istio.io": ["IstioOperator"],
    "gateway.networking.k8s.io": [
        "BackendTLSPolicy",
        "GRPCRoute",
        "Gateway",
        "GatewayClass",
        "HTTPRoute",
        "ListenerSet",
        "ReferenceGrant",
        "TCPRoute",
        "TLSRoute",
        "UDPRoute",
        "XBackendTrafficPolicy",
        "XListenerSet",
    ],
};

/** Kinds of the first months of Istio, with what became of them. */
export const GONE_KINDS: Readonly<Record<string, string>> = {
    RouteRule: "Write a VirtualService.",
    EgressRule: "Write a ServiceEntry.",
    ExternalService: "Write a ServiceEntry.",
    DestinationPolicy: "Write a DestinationRule.",
    DestinationWeight: "Write a VirtualService with weights.",
    IngressRule: "Write a Gateway and a VirtualService.",
    MeshPolicy: "Write a PeerAuthentication in the root namespace.",
};
export const GONE_GROUPS: readonly string[] = ["config.istio.io", "authentication.istio.io", "rbac.istio.io"];

export const KNOWN_GROUPS: readonly string[] = Object.keys(KNOWN);

export function kindsOfGroup(group: string): readonly string[] | undefined {
    return Object.hasOwn(KNOWN, group) ? KNOWN[group] : undefined;
}

/** The groups that have a kind of this name. */
export function groupsOfKind(kind: string): string[] {
    return KNOWN_GROUPS.filter((group) => KNOWN[group]?.includes(kind));
}

/** Kinds of Kubernetes itself: nobody is surprised that a proxy does not read a Deployment. */
export function isKubernetesGroup(group: string): boolean {
    return Object.hasOwn(KNOWN, group) && !group.endsWith("istio.io") && group !== "gateway.networking.k8s.io";
}
