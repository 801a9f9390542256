/** Metadata and labels of the workload's objects. */
import { LABEL_VALUE, labelsWith, mentionsUnknown, UNKNOWN, type ObjectMetadata } from "../arguments";
import type { WorkloadPlan } from "./plan";

/** Labels of every object; what the user adds does not reach the ones that others select by. */
export function objectLabels({ kind, name, args, selector }: WorkloadPlan): Record<string, string> {
    return labelsWith(args.metadata?.labels, {
        "app.kubernetes.io/name": `${kind}-gateway`,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": "gateway",
        "app.kubernetes.io/part-of": "gatehouse",
        "app.kubernetes.io/managed-by": "pulumi",
        ...selector,
    });
}

export function objectMetadata(plan: WorkloadPlan, annotations: Readonly<Record<string, string>> = {}): ObjectMetadata {
    const all = labelsWith(plan.args.metadata?.annotations, annotations);
    return {
        name: plan.name,
        namespace: plan.args.namespace,
        labels: objectLabels(plan),
        ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
    };
}

/**
 * The version of the proxy that runs: the tag of its image. Not of this package: a release of the package that changes
 * nothing of the pods must not replace them. It stands where the image stands, and nowhere else.
 */
export function versionLabels({ args, dataPlane }: WorkloadPlan): Record<string, string> {
    if (dataPlane !== "istio" && mentionsUnknown(args.image)) return { "app.kubernetes.io/version": UNKNOWN };
    const tag = dataPlane === "istio" ? undefined : /:([^:/]+)$/.exec(args.image?.split("@")[0] ?? "")?.[1];
    return tag !== undefined && LABEL_VALUE.test(tag) ? { "app.kubernetes.io/version": tag } : {};
}

/**
 * Labels of the pods. `istio` carries the gateway's own name and never `ingressgateway` by itself: that value would
 * make the pod serve every old Gateway of the cluster.
 */
export function podLabels(plan: WorkloadPlan): Record<string, string> {
    const mesh: Record<string, string> =
        plan.dataPlane === "istio"
            ? { "sidecar.istio.io/inject": "true" }
            : { "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" };
    return { ...objectLabels(plan), ...versionLabels(plan), istio: plan.name, ...plan.args.pod?.labels, ...mesh, ...plan.selector };
}
