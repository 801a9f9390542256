/** What the objects of a component are called and labelled. */

/** Name, labels and annotations as they were given, once every value is there. */
export interface Metadata {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
}

/** Of an object that is made. A type and not an interface, so that it fits where an index signature is wanted. */
export type ObjectMetadata = {
    readonly name: string;
    /** None for an object of the whole cluster. */
    readonly namespace?: string;
    readonly labels: Record<string, string>;
    readonly annotations?: Readonly<Record<string, string>>;
};

/** An object of Istio's as the component hands it on. */
export interface Made<Spec> {
    readonly metadata: ObjectMetadata;
    readonly spec: Spec;
}

/** Kubernetes' recommended labels for the routing objects that components make. */
export function recommendedLabels(component: string, instance: string): Record<string, string> {
    return {
        "app.kubernetes.io/name": component,
        "app.kubernetes.io/instance": instance,
        "app.kubernetes.io/part-of": "gatehouse",
        "app.kubernetes.io/managed-by": "pulumi",
    };
}

/** Labels that were given and our own, which come first. Labels that are not known at all stay so; annotations likewise. */
export function labelsWith<Own extends Readonly<Record<string, string>>>(
    given: Readonly<Record<string, string>> | undefined,
    own: Own,
): Record<string, string> {
    return typeof given === "string" ? given : { ...given, ...own };
}

/** Of a routing object: `instance` is what the component is called, and the object too unless it has a name of its own. */
export function routingMetadata(
    component: string,
    instance: string,
    namespace: string,
    given?: Metadata | null,
    name = instance,
): ObjectMetadata {
    // What comes of JSON or YAML has null for what is not given.
    const { labels, annotations } = given ?? {};
    return {
        name,
        namespace,
        labels: labelsWith(labels, recommendedLabels(component, instance)),
        ...(annotations ? { annotations } : {}),
    };
}
