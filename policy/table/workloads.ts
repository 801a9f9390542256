/** Policies over what runs a gateway: its pods, its Service, its rights. */
import { integer, texts } from "../parameters";
import type { PolicyEntry } from "./entry";

const INTERNAL = [
    "service.beta.kubernetes.io/aws-load-balancer-scheme=internal",
    "service.beta.kubernetes.io/aws-load-balancer-internal=true",
    "service.beta.kubernetes.io/azure-load-balancer-internal=true",
    "networking.gke.io/load-balancer-type=Internal",
    "cloud.google.com/load-balancer-type=Internal",
];

export const WORKLOAD_POLICIES = {
    "load-balancer-source-ranges": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A public LoadBalancer says which addresses may reach it.",
        parameters: { internalAnnotations: texts(INTERNAL, "Annotations, as key=value, of load balancers that are not public.") },
    },
    "workload-nonroot": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A gateway's containers do not run as root.",
    },
    "workload-privileged": {
        enforcementLevel: "mandatory",
        severity: "critical",
        description: "A gateway's pods take no privileges of their node.",
        remediation: "Sets `privileged` and `allowPrivilegeEscalation` to false, for workloads that bear the label `gateway-type`.",
    },
    "workload-capabilities": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A gateway's containers drop all capabilities.",
        parameters: { allowed: texts([], "Capabilities that may be added.") },
    },
    "workload-limits": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A gateway's containers have limits.",
        parameters: { resources: texts(["cpu", "memory"], "The resources that must be limited.") },
    },
    "workload-replicas": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A gateway runs in enough pods to lose one.",
        parameters: { minimum: integer(2, "The fewest pods.") },
    },
    "workload-disruption-budget": {
        enforcementLevel: "advisory",
        severity: "medium",
        description: "A gateway has a PodDisruptionBudget.",
    },
    "workload-image": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A gateway's images are pinned by digest and come from known registries.",
        parameters: { allowedRegistries: texts([], "Registries, or repositories below one, that images may come from; none means any.") },
    },
    "workload-rbac": {
        enforcementLevel: "mandatory",
        severity: "high",
        description: "A gateway's ServiceAccount may read what a gateway reads and nothing more.",
        parameters: { resources: texts([], "More resources that it may read, each as group/resource; the core group is empty.") },
    },
} as const satisfies Record<string, PolicyEntry>;
