/** The gateway's Deployment, and what keeps enough of its pods alive. */
import type * as k8s from "@pulumi/kubernetes";
import type { ObjectMetadata } from "../arguments";
import { proxyConfigAnnotations } from "../gateway-options";
import { METRICS_PORT } from "../ports";
import { podVolumes, proxyContainer } from "./containers";
import { objectMetadata, podLabels, versionLabels } from "./metadata";
import type { WorkloadPlan } from "./plan";
import { graceSeconds } from "./shutdown";

export const AUTOSCALING = { minReplicas: 2, maxReplicas: 5, targetCpuPercent: 80 };
const REPLICAS = 2;
/** Long enough for a new node and a slow pull, short enough to wait for. */
export const ROLLOUT_SECONDS = 300;
export const NODE_USER = 65532;

export interface DeploymentManifest {
    readonly metadata: ObjectMetadata;
    readonly spec: k8s.types.input.apps.v1.DeploymentSpec;
}

/** The bounds in force; undefined with `autoscaling: false`. */
export function autoscalingOf({ args }: WorkloadPlan): typeof AUTOSCALING | undefined {
    if (args.autoscaling === false) return undefined;
    const minReplicas = args.autoscaling?.minReplicas ?? AUTOSCALING.minReplicas;
    return {
        minReplicas,
        maxReplicas: args.autoscaling?.maxReplicas ?? Math.max(AUTOSCALING.maxReplicas, minReplicas),
        targetCpuPercent: args.autoscaling?.targetCpuPercent ?? AUTOSCALING.targetCpuPercent,
    };
}

/**
 * On other nodes and in other zones where there are any; never so strictly that a pod cannot start. Counted by the pods
 * of one version (`pod-template-hash`), or a rolling update would spread around the pods that it is about to stop.
 */
function spread(plan: WorkloadPlan): k8s.types.input.core.v1.TopologySpreadConstraint[] {
    return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: plan.selector },
        matchLabelKeys: ["pod-template-hash"],
    }));
}

function podAnnotations({ args, dataPlane, trustedProxies, client }: WorkloadPlan): Record<string, string> {
    const own: Record<string, string> =
        dataPlane === "istio"
            ? {
                  "inject.istio.io/templates": "gateway",
                  ...proxyConfigAnnotations({ ...args, ...client }, trustedProxies),
              }
            : // By this a local run knows which process plays the pod.
              { "gatehouse.dev/run": "proxy" };
    // As Istio's injector writes them; who scrapes by other means says so for the pod.
    const scraped: Record<string, string> =
        dataPlane === "istio"
            ? {}
            : {
                  "prometheus.io/scrape": "true",
                  "prometheus.io/port": String(METRICS_PORT),
                  "prometheus.io/path": "/stats/prometheus",
              };
    return { ...args.metadata?.annotations, ...scraped, ...args.pod?.annotations, ...own };
}

function podSpec(plan: WorkloadPlan): k8s.types.input.core.v1.PodSpec {
    const { pod = {} } = plan.args;
    return {
        serviceAccountName: plan.name,
        ...(plan.dataPlane === "istio" ? {} : { automountServiceAccountToken: false }),
        // A variable for every port of every Service of the namespace is not what the proxy finds them by.
        enableServiceLinks: false,
        terminationGracePeriodSeconds: graceSeconds(plan),
        securityContext: {
            runAsNonRoot: true,
            // Istio's injector sets the user of its own proxy.
            ...(plan.dataPlane === "istio" ? {} : { runAsUser: NODE_USER, runAsGroup: NODE_USER, fsGroup: NODE_USER }),
            seccompProfile: { type: "RuntimeDefault" },
            // Lets a process that is not root listen on 80 and 443; a safe sysctl, confined to the pod.
            sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
        },
        containers: [proxyContainer(plan)],
        volumes: podVolumes(plan),
        topologySpreadConstraints: spread(plan),
        ...(pod.nodeSelector ? { nodeSelector: pod.nodeSelector } : {}),
        ...(pod.tolerations ? { tolerations: [...pod.tolerations] } : {}),
        ...(pod.affinity ? { affinity: pod.affinity as k8s.types.input.core.v1.Affinity } : {}),
        ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
        ...(pod.imagePullSecrets ? { imagePullSecrets: pod.imagePullSecrets.map((name) => ({ name })) } : {}),
    };
}

/**
 * With autoscaling the number of replicas belongs to the autoscaler, and Pulumi leaves it alone. Without, it is ours:
 * whoever set it before (an autoscaler that is switched off, `kubectl scale`) still owns the field, and Pulumi takes a
 * field from another owner only where this annotation says so.
 */
function ownership(plan: WorkloadPlan): Record<string, string> {
    return autoscalingOf(plan) ? {} : { "pulumi.com/patchForce": "true" };
}

export function buildDeployment(plan: WorkloadPlan): DeploymentManifest {
    const { rollout = {} } = plan.args;
    const metadata = objectMetadata(plan, ownership(plan));
    return {
        metadata: { ...metadata, labels: { ...metadata.labels, ...versionLabels(plan) } },
        spec: {
            replicas: autoscalingOf(plan)?.minReplicas ?? plan.args.replicas ?? REPLICAS,
            selector: { matchLabels: plan.selector },
            // A new pod serves before an old one stops.
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: rollout.maxSurge ?? 1 } },
            progressDeadlineSeconds: rollout.timeoutSeconds ?? ROLLOUT_SECONDS,
            template: { metadata: { labels: podLabels(plan), annotations: podAnnotations(plan) }, spec: podSpec(plan) },
        },
    };
}

export function buildAutoscaler(
    plan: WorkloadPlan,
): { metadata: ObjectMetadata; spec: k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec } | undefined {
    const bounds = autoscalingOf(plan);
    if (!bounds) return undefined;
    return {
        metadata: objectMetadata(plan),
        spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: plan.name },
            minReplicas: bounds.minReplicas,
            maxReplicas: bounds.maxReplicas,
            metrics: [
                {
                    type: "Resource",
                    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: bounds.targetCpuPercent } },
                },
            ],
        },
    };
}

/**
 * Of the pods only one at a time is taken away by a drained node. Pods that do not get ready may always go: they serve
 * nobody, and would keep a node from being drained as long as they do not.
 */
export function buildDisruptionBudget(plan: WorkloadPlan): {
    metadata: ObjectMetadata;
    spec: k8s.types.input.policy.v1.PodDisruptionBudgetSpec;
} {
    return {
        metadata: objectMetadata(plan),
        spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: plan.selector } },
    };
}
