/**
 * Stand-ins for values that are not there yet. Plain arguments are checked before anything is registered, while
 * Outputs beside them are still open; builders run over both, with this text where an Output stands, and whatever is
 * found about a value that holds the text is left to the check that runs once the Outputs are there.
 */
import * as pulumi from "@pulumi/pulumi";

/** No user writes this: it is not a name, a host, a number, a path or a PEM. */
export const UNKNOWN = "\u0001unknown\u0001";

function isPromise(value: unknown): value is Promise<unknown> {
    return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** True for a value that comes later: an Output or a promise. */
export function isLater(value: unknown): value is pulumi.Output<unknown> | Promise<unknown> {
    return pulumi.Output.isInstance(value) || isPromise(value);
}

/** What is plain already of Outputs that components made, with UNKNOWN for the rest. */
const foretold = new WeakMap<object, { readonly plain: unknown; readonly whole: boolean }>();

/** Lets `knownPart` see into an Output as far as its value is plain: the whole of it where nothing else is waited for. */
export function foretell<T>(output: pulumi.Output<T>, plain: unknown, whole: boolean): pulumi.Output<T> {
    foretold.set(output, { plain, whole });
    return output;
}

/** True where all of a value is known. */
export function isWhole(value: unknown): boolean {
    if (isLater(value)) return foretold.get(value)?.whole === true;
    return typeof value !== "object" || value === null || Object.values(value).every(isWhole);
}

/** Objects that stand in for one of which not even the fields are known. */
const wholes = new WeakSet<object>();

export function standIn<T extends object>(object: T): T {
    wholes.add(object);
    return object;
}

export function standsForWhole(object: object): boolean {
    return wholes.has(object);
}

/** A deep copy with UNKNOWN in the place of every Output and promise. */
export function knownPart(value: unknown): unknown {
    if (isLater(value)) {
        const seen = foretold.get(value);
        return seen ? seen.plain : UNKNOWN;
    }
    if (Array.isArray(value)) return value.map(knownPart);
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, knownPart(inner)]));
    }
    return value;
}

/** True where a value is, holds or was made from an unknown one. */
export function mentionsUnknown(value: unknown): boolean {
    if (typeof value === "string") return value.includes(UNKNOWN);
    if (Array.isArray(value)) return value.some(mentionsUnknown);
    if (typeof value === "object" && value !== null) {
        return Object.entries(value).some(([key, inner]) => key.includes(UNKNOWN) || mentionsUnknown(inner));
    }
    return false;
}

/** Hands an Input to `read`, at once where it is plain: so a plain argument stays plain and is checked first. */
export function mapInput<T, U>(value: pulumi.Input<T>, read: (value: T) => pulumi.Input<U>): pulumi.Input<U> {
    if (!isLater(value)) return read(value as T);
    return pulumi.output(value).apply((there) => read(there as T)) as pulumi.Output<U>;
}
