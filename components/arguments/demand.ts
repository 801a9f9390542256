/**
 * The outermost shape of a component's arguments, which the types hold and programs in JavaScript may not: without it
 * nothing can be read of them.
 */
import { fault, refuse, type Fault } from "./faults";
import { isLater } from "./unknown";

export interface Shape {
    /** Arguments that say which resources there are: their values may come later, they themselves may not. */
    readonly plain?: readonly string[];
    /** Those of them that are lists. */
    readonly lists?: readonly string[];
}

/** Throws unless `args` are arguments of this shape. */
export function demandArguments(owner: string, args: unknown, { plain = [], lists = [] }: Shape = {}): void {
    if (typeof args !== "object" || args === null) {
        return refuse(owner, [
            fault("GH0210", "args", `${args === undefined ? "there are no arguments" : "these are no arguments"}; wanted an object.`),
        ]);
    }
    const given = args as Readonly<Record<string, unknown>>;
    const later = [...plain, ...lists].filter((field) => isLater(given[field]));
    const single = lists.filter((field) => given[field] !== undefined && !Array.isArray(given[field]) && !later.includes(field));
    refuse(owner, [
        ...later.map(
            (field): Fault =>
                fault(
                    "GH0210",
                    field,
                    "this says which resources there are, and is not known yet.",
                    "Give it as it is; only values in it may be Outputs.",
                ),
        ),
        ...single.map((field): Fault => fault("GH0210", field, "this is not a list.")),
    ]);
}
