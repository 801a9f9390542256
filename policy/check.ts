/** What a policy's logic is: pure functions over plain resources. */
import type { PolicyFault, Thing } from "./thing";
import type { ParametersOf, PolicyName } from "./table";
import type { World } from "./world";

/** What a check may know beside resources and parameters. */
export interface CheckContext {
    /** Milliseconds since 1970. */
    readonly now: number;
    /** Images that only stand for one, as on a laptop. */
    readonly standInImages: readonly string[];
}

/** A change that makes a fault good. A value of undefined takes the field away. */
export interface Change {
    readonly path: readonly (string | number)[];
    readonly value: unknown;
    /** The value is to be marked as secret. */
    readonly secret?: boolean;
}

export interface Checks<N extends PolicyName> {
    /** What is wrong with a thing by itself. */
    readonly resource?: (thing: Thing, parameters: ParametersOf<N>, context: CheckContext) => readonly PolicyFault[];
    /** What is wrong between things. */
    readonly stack?: (world: World, parameters: ParametersOf<N>, context: CheckContext) => readonly PolicyFault[];
    /** The one safe answer, where there is one. */
    readonly remedy?: (thing: Thing, parameters: ParametersOf<N>) => readonly Change[];
}
