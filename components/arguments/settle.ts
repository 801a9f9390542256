/**
 * The one way from arguments to what children are made of. Plain values are checked before anything is registered;
 * the rest in one apply, for which every child waits, so that a bad value reaches none of them. What is known is handed
 * on as it is, in plain objects: a transformation that adds a label to a child then has labels to add to, and the engine
 * nothing to wait for.
 */
import * as pulumi from "@pulumi/pulumi";
import { refuse, type Fault } from "./faults";
import type { Owner } from "./owner";
import { valueAt } from "./paths";
import { checkedLater } from "./secrets";
import { isLater, isWhole, knownPart, mentionsUnknown, standsForWhole } from "./unknown";

/** Arguments that have passed the check as far as they are known. */
export class Settled<Plain> {
    /** With UNKNOWN in the place of what is not known yet. */
    readonly known: Plain;
    /** Nothing of it is open, and nothing is left to be checked. */
    readonly whole: boolean;
    readonly #waits: readonly pulumi.Input<pulumi.Resource>[];
    readonly #make: () => pulumi.Output<Plain>;
    #later: pulumi.Output<Plain> | undefined;
    #gate: pulumi.Output<pulumi.Resource> | undefined;

    constructor(known: Plain, whole: boolean, waits: readonly pulumi.Input<pulumi.Resource>[], later: () => pulumi.Output<Plain>) {
        this.known = known;
        this.whole = whole;
        this.#waits = waits;
        this.#make = later;
    }

    /** All of it, once it is there and has passed the check. */
    get later(): pulumi.Output<Plain> {
        return (this.#later ??= this.#make());
    }

    /** Beside values that are only handed on. */
    with<Extra>(extra: Extra): Settled<readonly [Plain, Extra]> {
        return new Settled(
            [this.known, extra] as const,
            this.whole,
            this.#waits,
            () => pulumi.all([this.later, pulumi.output(extra)]) as unknown as pulumi.Output<readonly [Plain, Extra]>,
        );
    }

    value<T>(make: (all: Plain) => T): pulumi.Input<T> {
        return this.whole ? make(this.known) : (this.later.apply(make) as pulumi.Output<T>);
    }

    /**
     * What `make` makes, as far as it is known, with an Output in the place of each value that is not. `outline` says what
     * that looks like, with UNKNOWN where a value is not known: `make` itself, where no unknown value decides on it.
     */
    tree<T>(make: (all: Plain) => T, outline: (known: Plain) => unknown = make): T {
        if (this.whole) return make(this.known);
        let made: pulumi.Output<T> | undefined;
        const at = (path: readonly (string | number)[]): unknown =>
            (made ??= this.later.apply(make) as pulumi.Output<T>).apply((all) => valueAt(all, path));
        const walk = (value: unknown, path: readonly (string | number)[]): unknown => {
            if (isLater(value)) return value;
            if (typeof value !== "object" || value === null) return mentionsUnknown(value) || Number.isNaN(value) ? at(path) : value;
            if (standsForWhole(value) || Object.keys(value).some(mentionsUnknown)) return at(path);
            if (Array.isArray(value)) return value.map((one: unknown, index) => walk(one, [...path, index]));
            return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner, [...path, key])]));
        };
        return walk(outline(this.known), []) as T;
    }

    /**
     * Options of a child, which waits for the check whether or not a value of its own comes later, and for what its
     * component waits for.
     */
    options(opts: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
        const before = [...((opts.dependsOn ?? []) as readonly pulumi.Input<pulumi.Resource>[]), ...this.#waits];
        if (this.whole) return before.length === 0 ? opts : { ...opts, dependsOn: before };
        // In the place of a resource stands a list of none, which the SDK takes as well.
        this.#gate ??= this.later.apply(() => []) as unknown as pulumi.Output<pulumi.Resource>;
        return { ...opts, dependsOn: [...before, this.#gate] };
    }
}

/**
 * Checks what is known of `wire` now, throwing all faults at once, and returns the whole of it, checked, for later.
 * `wire` holds data and Outputs of data only: no resource, and no key. `gate` is there once what is not among them has
 * passed too, and undefined where it has.
 */
export function settle<Plain>(
    owner: Owner | string,
    wire: object,
    check: (args: Plain) => readonly Fault[],
    gate?: pulumi.Input<unknown>,
): Settled<Plain> {
    const [text, cluster, waits] = typeof owner === "string" ? [owner, undefined, []] : [owner.text, owner.provider(), owner.waitsFor()];
    const known = knownPart(wire) as Plain;
    refuse(text, check(known));
    const whole = gate === undefined && cluster !== "later" && isWhole(wire);
    return new Settled(known, whole, waits, () =>
        whole ? (pulumi.output(known) as pulumi.Output<Plain>) : checkedLater(text, wire, check, { gate }),
    );
}

/** There once all that there is of these is. */
export function gateOf(...gates: readonly (pulumi.Input<unknown> | undefined)[]): pulumi.Output<unknown> | undefined {
    const given = gates.filter((gate) => gate !== undefined);
    return given.length === 0 ? undefined : pulumi.all(given);
}
