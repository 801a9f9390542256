/** Kubernetes' recommended labels for the routing objects that components make. */

export function recommendedLabels(component: string, instance: string): Record<string, string> {
    return {
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/part-of": "gatehouse",
        "app.kubernetes.io/managed-by": "pulumi",
    };
}
