/** All objects of a gateway's workload, as plain data. */
import { namePath, type ObjectName } from "../arguments";
import { buildAccess, clusterName, type AccessManifests } from "./access";
import { autoscalingOf, buildAutoscaler, buildDeployment, buildDisruptionBudget, type DeploymentManifest } from "./deployment";
import { buildNetworkPolicy, buildService } from "./network";
import { buildTelemetry, hasTelemetry } from "./telemetry";
import type { WorkloadPlan } from "./plan";

export interface WorkloadManifests extends AccessManifests {
    readonly deployment: DeploymentManifest;
    readonly service: ReturnType<typeof buildService>;
    readonly autoscaler?: ReturnType<typeof buildAutoscaler>;
    readonly disruptionBudget: ReturnType<typeof buildDisruptionBudget>;
    readonly networkPolicy?: ReturnType<typeof buildNetworkPolicy>;
    readonly telemetry?: ReturnType<typeof buildTelemetry>;
}

export function buildWorkload(plan: WorkloadPlan): WorkloadManifests {
    const autoscaler = buildAutoscaler(plan);
    const networkPolicy = buildNetworkPolicy(plan);
    const telemetry = buildTelemetry(plan);
    return {
        ...buildAccess(plan),
        deployment: buildDeployment(plan),
        service: buildService(plan),
        disruptionBudget: buildDisruptionBudget(plan),
        ...(autoscaler ? { autoscaler } : {}),
        ...(networkPolicy ? { networkPolicy } : {}),
        ...(telemetry ? { telemetry } : {}),
    };
}

/** The names of all of them, also while much else is not known; `path` is the argument that says the name. */
export function workloadNames(plan: WorkloadPlan): ObjectName[] {
    const {
        name,
        dataPlane,
        args: { namespace, networkPolicy, metadata },
    } = plan;
    const kinds = [
        "Deployment",
        "Service",
        "ServiceAccount",
        "Role",
        "RoleBinding",
        "PodDisruptionBudget",
        ...(autoscalingOf(plan) ? ["HorizontalPodAutoscaler"] : []),
        ...(networkPolicy === false ? [] : ["NetworkPolicy"]),
        ...(hasTelemetry(plan.args) ? ["Telemetry"] : []),
    ];
    const path = namePath(metadata);
    return [
        ...kinds.map((kind) => ({ kind, namespace, name, path })),
        ...(dataPlane === "istio" ? [] : ["ClusterRole", "ClusterRoleBinding"].map((kind) => ({ kind, name: clusterName(plan), path }))),
    ];
}
