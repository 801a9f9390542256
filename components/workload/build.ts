/** All objects of a gateway's workload, as plain data. */
import { buildAccess, type AccessManifests } from "./access";
import { buildAutoscaler, buildDeployment, buildDisruptionBudget, type DeploymentManifest } from "./deployment";
import { buildNetworkPolicy, buildService } from "./network";
import { buildTelemetry } from "./telemetry";
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
