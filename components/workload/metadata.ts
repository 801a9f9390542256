/** Metadata and labels of the workload's objects. */
import type { WorkloadPlan } from "./plan";

/** A type and not an interface, so that it fits where an index signature is wanted. */
export type ObjectMetadata = {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Record<string, string>;
};

/** Labels of every object; what the user adds does not reach the ones that others select by. */
export function objectLabels({ kind, name, args, selector }: WorkloadPlan): Record<string, string> {
    return {
        ...args.metadata?.labels,
        "app.kubernetes.io/name": `${kind}-gateway`,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": "gateway",
        "app.kubernetes.io/part-of": "gatehouse",
        "app.kubernetes.io/managed-by": "pulumi",
        ...selector,
    };
}

export function objectMetadata(plan: WorkloadPlan, annotations: Readonly<Record<string, string>> = {}): ObjectMetadata {
    const all = { ...plan.args.metadata?.annotations, ...annotations };
    return {
        name: plan.name,
        namespace: plan.args.namespace,
        labels: objectLabels(plan),
        ...(Object.keys(all).length > 0 ? { annotations: all } : {}),
    };
}

/**
 * Labels of the pods. `istio` carries the gateway's own name and never `ingressgateway` by itself: that value would
 * make the pod serve every old Gateway of the cluster.
 */
export function podLabels(plan: WorkloadPlan): Record<string, string> {
    const mesh: Record<string, string> = plan.dataPlane === "istio"
        ? { "sidecar.istio.io/inject": "true" }
        : { "sidecar.istio.io/inject": "false", "istio.io/dataplane-mode": "none" };
    return { ...objectLabels(plan), istio: plan.name, ...plan.args.pod?.labels, ...mesh, ...plan.selector };
}
