/** What the gateway's pods may read of the cluster: Secrets of their own namespace, and routing everywhere. */
import type * as k8s from "@pulumi/kubernetes";
import type { ObjectMetadata } from "../arguments";
import { objectLabels, objectMetadata } from "./metadata";
import type { WorkloadPlan } from "./plan";

const RBAC = "rbac.authorization.k8s.io";
/** What a reflector does: it lists once and watches from there. It never asks for a single object. */
const READ = ["list", "watch"];
/** Istio's control plane gives a gateway the Secrets that the gateway's account may read; these are the verbs Istio's own charts grant. */
const READ_BY_NAME = ["get", ...READ];

type Rule = k8s.types.input.rbac.v1.PolicyRule;
type RoleRef = k8s.types.input.rbac.v1.RoleRef;
type Subject = k8s.types.input.rbac.v1.Subject;

/**
 * The kinds the proxy watches, and no other. Routes and backends live in every namespace, so this is for the whole
 * cluster; of pods it reads labels, by which subsets choose, and addresses, of nodes where they stand, of namespaces what they say
 * of all Services in them.
 */
const WATCHED: Rule[] = [
    { apiGroups: [""], resources: ["namespaces", "nodes", "pods", "services"], verbs: READ },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
    { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses", "ingresses"], verbs: READ },
    {
        apiGroups: ["networking.istio.io"],
        resources: [
            "destinationrules",
            "envoyfilters",
            "gateways",
            "proxyconfigs",
            "serviceentries",
            "sidecars",
            "virtualservices",
            "workloadentries",
        ],
        verbs: READ,
    },
    { apiGroups: ["security.istio.io"], resources: ["authorizationpolicies", "requestauthentications"], verbs: READ },
    { apiGroups: ["extensions.istio.io"], resources: ["trafficextensions", "wasmplugins"], verbs: READ },
    { apiGroups: ["telemetry.istio.io"], resources: ["telemetries"], verbs: READ },
];

const SECRETS: Rule = { apiGroups: [""], resources: ["secrets"], verbs: READ };

/** Who decides for CUSTOM policies may stand in a ConfigMap of the gateway's own, which is found by its label. */
const GATEWAY_CONFIG: Rule = { apiGroups: [""], resources: ["configmaps"], verbs: READ };

/**
 * The mesh's configuration says where policies are for every gateway, and who decides for CUSTOM policies. By name, and not in a Role of istio-system: that
 * namespace may not be there.
 */
const MESH_CONFIG: Rule = { apiGroups: [""], resources: ["configmaps"], resourceNames: ["istio"], verbs: READ };

export interface AccessManifests {
    readonly serviceAccount: { readonly metadata: ObjectMetadata; readonly automountServiceAccountToken: boolean };
    readonly role: { readonly metadata: ObjectMetadata; readonly rules: Rule[] };
    readonly roleBinding: { readonly metadata: ObjectMetadata; readonly roleRef: RoleRef; readonly subjects: Subject[] };
    readonly clusterRole?: { readonly metadata: ObjectMetadata; readonly rules: Rule[] };
    readonly clusterRoleBinding?: { readonly metadata: ObjectMetadata; readonly roleRef: RoleRef; readonly subjects: Subject[] };
}

/**
 * An object of the cluster carries the namespace in its name, or two gateways of one name would share it. The dot can
 * stand in neither of the two: gateway `c` of `a-b` and gateway `b-c` of `a` stay apart.
 */
export function clusterName(plan: WorkloadPlan): string {
    return `${plan.args.namespace}.${plan.name}`;
}

function clusterMetadata(plan: WorkloadPlan): ObjectMetadata {
    const { annotations } = plan.args.metadata ?? {};
    return {
        name: clusterName(plan),
        labels: objectLabels(plan),
        ...(annotations ? { annotations } : {}),
    };
}

export function buildAccess(plan: WorkloadPlan): AccessManifests {
    const metadata = objectMetadata(plan);
    const subjects: Subject[] = [{ kind: "ServiceAccount", name: plan.name, namespace: plan.args.namespace }];
    const istio = plan.dataPlane === "istio";
    const own: AccessManifests = {
        // The proxy's container mounts its token itself: nothing that is injected beside it gets one. Istio's agent has
        // its own way to one, which may need the mounted token.
        serviceAccount: { metadata, automountServiceAccountToken: istio },
        role: { metadata, rules: istio ? [{ ...SECRETS, verbs: READ_BY_NAME }] : [SECRETS, GATEWAY_CONFIG] },
        roleBinding: { metadata, roleRef: { apiGroup: RBAC, kind: "Role", name: plan.name }, subjects },
    };
    // Istio's proxy asks istiod, not the API server.
    if (istio) return own;
    const cluster = clusterMetadata(plan);
    return {
        ...own,
        clusterRole: { metadata: cluster, rules: plan.args.rootNamespace === undefined ? [...WATCHED, MESH_CONFIG] : WATCHED },
        clusterRoleBinding: { metadata: cluster, roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: cluster.name }, subjects },
    };
}
