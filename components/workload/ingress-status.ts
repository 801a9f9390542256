/**
 * What writes a gateway's addresses into the status of its Ingresses: a process of its own, under an account of its own. The
 * gateway's account, under which traffic is served, may write nothing in the cluster, and this one may read no Secret.
 */
import type * as k8s from "@pulumi/kubernetes";
import { labelsWith, type ObjectMetadata, type ObjectName } from "../arguments";
import { STATUS_PORT } from "../ports";
import { clusterName } from "./access";
import { API_ACCESS, apiAccess, confined, TMP } from "./containers";
import { NODE_USER } from "./deployment";
import { objectMetadata, versionLabels } from "./metadata";
import type { WorkloadPlan } from "./plan";

const RBAC = "rbac.authorization.k8s.io";
const READ = ["list", "watch"];
/** One writes; a second one could only wait. Where a node is lost, another one is started. */
const REPLICAS = 1;
const RESOURCES = { requests: { cpu: "10m", memory: "96Mi" }, limits: { cpu: "500m", memory: "192Mi" } };

type Rule = k8s.types.input.rbac.v1.PolicyRule;
type RoleRef = k8s.types.input.rbac.v1.RoleRef;
type Subject = k8s.types.input.rbac.v1.Subject;

interface Bound {
    readonly metadata: ObjectMetadata;
    readonly roleRef: RoleRef;
    readonly subjects: Subject[];
}

export interface IngressStatusManifests {
    readonly serviceAccount: { readonly metadata: ObjectMetadata; readonly automountServiceAccountToken: boolean };
    readonly role: { readonly metadata: ObjectMetadata; readonly rules: Rule[] };
    readonly roleBinding: Bound;
    readonly clusterRole: { readonly metadata: ObjectMetadata; readonly rules: Rule[] };
    readonly clusterRoleBinding: Bound;
    readonly deployment: { readonly metadata: ObjectMetadata; readonly spec: k8s.types.input.apps.v1.DeploymentSpec };
}

/** By which the Service of the gateway, and Gateways that select its pods, do not find these. */
function selectorOf({ name }: WorkloadPlan): Record<string, string> {
    return { "app.kubernetes.io/name": "ingress-status", "app.kubernetes.io/instance": name };
}

function statusName({ name }: WorkloadPlan): string {
    return `${name}-ingress-status`;
}

function clusterStatusName(plan: WorkloadPlan): string {
    return `${clusterName(plan)}.ingress-status`;
}

/** The gateway's own, but for the labels by which its pods are found. */
function labelsOf(plan: WorkloadPlan): Record<string, string> {
    return labelsWith(plan.args.metadata?.labels, {
        ...selectorOf(plan),
        "app.kubernetes.io/component": "ingress-status",
        "app.kubernetes.io/part-of": "gatehouse",
        "app.kubernetes.io/managed-by": "pulumi",
    });
}

export function buildIngressStatus(plan: WorkloadPlan): IngressStatusManifests {
    const labels = labelsOf(plan);
    const metadata = { ...objectMetadata(plan), name: statusName(plan), labels };
    const { annotations } = plan.args.metadata ?? {};
    const cluster = { name: clusterStatusName(plan), labels, ...(annotations ? { annotations } : {}) };
    const subjects: Subject[] = [{ kind: "ServiceAccount", name: metadata.name, namespace: plan.args.namespace }];
    return {
        serviceAccount: { metadata, automountServiceAccountToken: false },
        role: {
            metadata,
            rules: [
                { apiGroups: [""], resources: ["services"], resourceNames: [plan.name], verbs: READ },
                // A name can't be asked of who makes an object.
                { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
                { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [metadata.name], verbs: ["get", "update"] },
            ],
        },
        roleBinding: { metadata, roleRef: { apiGroup: RBAC, kind: "Role", name: metadata.name }, subjects },
        clusterRole: {
            metadata: cluster,
            rules: [
                { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses", "ingresses"], verbs: READ },
                { apiGroups: ["networking.k8s.io"], resources: ["ingresses/status"], verbs: ["patch"] },
            ],
        },
        clusterRoleBinding: { metadata: cluster, roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: cluster.name }, subjects },
        deployment: { metadata: { ...metadata, labels: { ...labels, ...versionLabels(plan) } }, spec: deploymentSpec(plan, labels) },
    };
}

function deploymentSpec(plan: WorkloadPlan, labels: Readonly<Record<string, string>>): k8s.types.input.apps.v1.DeploymentSpec {
    const { pod = {}, metadata, namespace, image } = plan.args;
    const mesh = { "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" };
    return {
        replicas: REPLICAS,
        selector: { matchLabels: selectorOf(plan) },
        template: {
            metadata: {
                labels: { ...labels, ...versionLabels(plan), ...mesh },
                ...(metadata?.annotations ? { annotations: metadata.annotations } : {}),
            },
            spec: {
                serviceAccountName: statusName(plan),
                automountServiceAccountToken: false,
                enableServiceLinks: false,
                terminationGracePeriodSeconds: 10,
                securityContext: {
                    runAsNonRoot: true,
                    runAsUser: NODE_USER,
                    runAsGroup: NODE_USER,
                    fsGroup: NODE_USER,
                    seccompProfile: { type: "RuntimeDefault" },
                },
                containers: [
                    {
                        name: "ingress-status",
                        image: image ?? "",
                        args: ["ingress-status", "--gateway-service", `${namespace}/${plan.name}`, "--lease", statusName(plan)],
                        ports: [{ name: "status", containerPort: STATUS_PORT, protocol: "TCP" }],
                        resources: RESOURCES,
                        securityContext: confined(),
                        livenessProbe: { httpGet: { path: "/livez", port: STATUS_PORT }, periodSeconds: 10, failureThreshold: 6 },
                        readinessProbe: { httpGet: { path: "/healthz/ready", port: STATUS_PORT }, periodSeconds: 5 },
                        volumeMounts: [TMP, API_ACCESS],
                    },
                ],
                volumes: [{ name: TMP.name, emptyDir: {} }, apiAccess()],
                ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
                ...(pod.tolerations ? { tolerations: [...pod.tolerations] } : {}),
                ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
                ...(pod.imagePullSecrets ? { imagePullSecrets: pod.imagePullSecrets.map((name) => ({ name })) } : {}),
            },
        },
    };
}

/** The names of all of them; `path` is the argument that says the gateway's. */
export function ingressStatusNames(plan: WorkloadPlan, path: string): ObjectName[] {
    const { namespace } = plan.args;
    return [
        ...["Deployment", "ServiceAccount", "Role", "RoleBinding"].map((kind) => ({ kind, namespace, name: statusName(plan), path })),
        ...["ClusterRole", "ClusterRoleBinding"].map((kind) => ({ kind, name: clusterStatusName(plan), path })),
    ];
}
