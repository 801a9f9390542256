/** Kubernetes' recommended labels for the routing objects that components make. */

export function recommendedLabels(component: string, instance: string): Record<string, string> {
    return {
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/part-of": "gatehouse",
        "app.kubernetes.io/managed-by": "pulumi",
    };
}

/** Labels that were given and our own, which come first. Labels that are not known at all stay so. */
export function labelsWith<Own extends Readonly<Record<string, string>>>(
    given: Readonly<Record<string, string>> | undefined,
    own: Own,
): Record<string, string> {
    return typeof given === "string" ? given : { ...given, ...own };
}
