/**
 * The outline every Kubernetes object shares. Resources travel through Gatehouse as these plain objects: what a
 * component renders, what a YAML file holds and what the API server answers have one shape.
 */

/** Kubernetes ObjectMeta, the fields Gatehouse reads (unknown ones pass through untouched). */
export interface ObjectMeta {
    readonly name: string;
    /** Absent in a file means `default`. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    /** RFC 3339. Orders Gateways and VirtualServices; files have none and sort by name. */
    readonly creationTimestamp?: string;
    /** It goes, and is there until those are done that must be. */
    readonly deletionTimestamp?: string;
    readonly resourceVersion?: string;
    readonly uid?: string;
    /** Its name was made up from this. */
    readonly generateName?: string;
    readonly ownerReferences?: readonly { readonly kind?: string; readonly name?: string; readonly controller?: boolean }[];
}

/** Any Kubernetes object, before anything is known of its kind. */
export interface KubeObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: ObjectMeta;
}

/** A kind whose content stands under `spec`. */
export interface SpecObject<K extends string, S> extends KubeObject {
    readonly kind: K;
    readonly spec: S;
}
