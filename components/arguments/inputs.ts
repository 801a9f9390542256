/**
 * `Inputs<T>`: the shape of a plain object with every leaf an `Input`. What decides which resources exist stays plain
 * (the number of routes, the presence of a field); each value in it may come from another resource.
 */
import type * as pulumi from "@pulumi/pulumi";

type Leaf = string | number | boolean | null | undefined;

export type Inputs<T> = [T] extends [Leaf]
    ? pulumi.Input<T>
    : T extends Leaf
      ? T
      : T extends readonly (infer E)[]
        ? readonly Inputs<E>[]
        : { readonly [K in keyof T]: Inputs<T[K]> };

/** Name, labels and annotations of what a component makes. */
export interface MetadataArgs {
    /** Default: the component's own name, so that people and DNS can read it. A rename needs an alias: the object under the old name is deleted. */
    readonly name?: pulumi.Input<string>;
    /** Added to every object of the component. */
    readonly labels?: Readonly<Record<string, pulumi.Input<string>>>;
    /** Added to every object of the component. */
    readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
}
