/** The gateway's Deployment, and what keeps enough of its pods alive. */
import type * as k8s from "@pulumi/kubernetes";
import { podVolumes, proxyContainer } from "./containers";
import { objectMetadata, podLabels, type ObjectMetadata } from "./metadata";
import type { WorkloadPlan } from "./plan";

export const AUTOSCALING = { minReplicas: 2, maxReplicas: 5, targetCpuPercent: 80 };
const REPLICAS = 2;
/** The proxy drains for 45 s; the rest is for Kubernetes to take the pod out of every load balancer first. */
const GRACE_SECONDS = 60;
const NODE_USER = 65532;

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

/** On other nodes and in other zones where there are any; never so strictly that a pod cannot start. */
function spread(plan: WorkloadPlan): k8s.types.input.core.v1.TopologySpreadConstraint[] {
    return ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: plan.selector },
    }));
}

function podAnnotations({ args, dataPlane }: WorkloadPlan): Record<string, string> {
    const own: Record<string, string> = dataPlane === "istio"
        ? { "inject.istio.io/templates": "gateway" }
        // By this a local run knows which process plays the pod.
        : { "gatehouse.dev/run": "proxy" };
    return { ...args.metadata?.annotations, ...args.pod?.annotations, ...own };
}

function podSpec(plan: WorkloadPlan): k8s.types.input.core.v1.PodSpec {
    const { pod = {} } = plan.args;
    return {
        serviceAccountName: plan.name,
        terminationGracePeriodSeconds: pod.terminationGracePeriodSeconds ?? GRACE_SECONDS,
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
        ...(pod.affinity ? { affinity: pod.affinity } : {}),
        ...(pod.priorityClassName ? { priorityClassName: pod.priorityClassName } : {}),
        ...(pod.imagePullSecrets ? { imagePullSecrets: pod.imagePullSecrets.map((name) => ({ name })) } : {}),
    };
}

export function buildDeployment(plan: WorkloadPlan): DeploymentManifest {
    return {
        metadata: objectMetadata(plan),
        spec: {
            replicas: autoscalingOf(plan)?.minReplicas ?? plan.args.replicas ?? REPLICAS,
            selector: { matchLabels: plan.selector },
            // A new pod serves before an old one stops.
            strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
            template: { metadata: { labels: podLabels(plan), annotations: podAnnotations(plan) }, spec: podSpec(plan) },
        },
    };
}

export function buildAutoscaler(plan: WorkloadPlan): { metadata: ObjectMetadata; spec: k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec } | undefined {
    const bounds = autoscalingOf(plan);
    if (!bounds) return undefined;
    return {
        metadata: objectMetadata(plan),
        spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: plan.name },
            minReplicas: bounds.minReplicas,
            maxReplicas: bounds.maxReplicas,
            metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: bounds.targetCpuPercent } } }],
        },
    };
}

/** Of the pods only one at a time is taken away by a drained node. */
export function buildDisruptionBudget(plan: WorkloadPlan): { metadata: ObjectMetadata; spec: k8s.types.input.policy.v1.PodDisruptionBudgetSpec } {
    return { metadata: objectMetadata(plan), spec: { maxUnavailable: 1, selector: { matchLabels: plan.selector } } };
}
