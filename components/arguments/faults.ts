/**
 * What is wrong with a component's arguments, and the error that says all of it at once. Pulumi lists the errors of an
 * InputPropertiesError itself only for components of a provider; from a component in the program's own language it
 * prints a stack dump, unless the error is marked as a run error. So this one is both, and its message has the list.
 */
import * as pulumi from "@pulumi/pulumi";
import { withoutKeys, type Code } from "../../istio";
import { isAtOrBelow } from "./paths";
import { UNKNOWN } from "./unknown";

const LATER = "a value that is not known yet";

export interface Fault {
    readonly code: Code;
    /** `http[0].route[1].destination`: the argument as the program writes it. */
    readonly path: string;
    /** What was got and what is wanted. Never a secret value. */
    readonly message: string;
    /** What to do; empty where the message says it. */
    readonly fix: string;
    /** Told only where nothing else is told of the argument. */
    readonly weak?: true;
}

export function fault(code: Code, path: string, message: string, fix = ""): Fault {
    return { code, path: withoutKeys(path), message: withoutKeys(withoutUnknown(message)), fix: withoutKeys(fix) };
}

/** Of what a reader of the proxy's says of an argument, `[0].html: wanted the page's text`: at the place that it names. */
export function faultBelow(path: string, said: string): Fault {
    const [, at = "", message = said] = /^([.[][\w.[\]-]*): (.*)$/s.exec(said) ?? [];
    return fault("GH0210", `${path}${at}`, `${message}.`);
}

/** Without those of these arguments that have been found fault with, so that the annotations made of them do not tell the same again. */
export function withoutFaulty<Args extends object>(args: Args, names: readonly (keyof Args & string)[], faults: readonly Fault[]): Args {
    const wrong = names.filter((name) => args[name] !== undefined && faults.some(({ path }) => isAtOrBelow(path, name)));
    return wrong.length === 0
        ? args
        : (Object.fromEntries(Object.entries(args).filter(([key]) => !wrong.some((one) => one === key))) as Args);
}

/** What is checked before it is there has no text to be shown by. */
function withoutUnknown(message: string): string {
    return message.replaceAll(JSON.stringify(UNKNOWN), LATER).replaceAll(UNKNOWN, LATER);
}

/** As the user reads it. */
export function faultText({ code, path, message, fix }: Fault): string {
    const told = fix === "" || /[.!?]$/.test(message) ? message : `${message}.`;
    return `${path}: ${told}${fix ? ` ${fix}` : ""} (${code})`;
}

/** Says of every faulty argument of one component what is wrong. */
export class ArgumentsError extends pulumi.InputPropertiesError {
    readonly faults: readonly Fault[];
    /** Read by Pulumi's program runner: print the message, not the stack. */
    readonly __pulumiRunError = true;

    constructor(owner: string, faults: readonly Fault[]) {
        const count = faults.length === 1 ? "One argument is" : `${faults.length} arguments are`;
        const message = [`${owner}: ${count} wrong.`, ...faults.map((one) => `  ${faultText(one)}`)].join("\n");
        super({ message, errors: faults.map((one) => ({ propertyPath: one.path, reason: faultText(one) })) });
        this.name = "ArgumentsError";
        this.faults = faults;
        // Where an Output carries the error, the SDK writes before its message which property of which child it was
        // serializing, once for every child. Those are not the user's: the message stays.
        Object.defineProperty(this, "message", { get: () => message, set: () => undefined, enumerable: false, configurable: true });
        // Once the program itself has run through, Pulumi's runner prints the stack even of a run error.
        Object.defineProperty(this, "stack", { value: message, enumerable: false, configurable: true });
    }
}

/** Throws if there is any fault; the same one is said once. */
export function refuse(owner: string, faults: readonly Fault[]): void {
    const distinct = [...new Map(faults.map((one) => [faultText(one), one])).values()];
    if (distinct.length > 0) throw new ArgumentsError(owner, distinct);
}

/** Of an argument, a part of it or what it is a part of, the most exact is told. */
export function withoutWeaker(faults: readonly Fault[]): Fault[] {
    const strong = faults.filter(({ weak }) => !weak).map(({ path }) => unquoted(path));
    return faults.filter(({ weak, path }) => {
        const own = unquoted(path);
        return !weak || !strong.some((other) => isAtOrBelow(other, own) || isAtOrBelow(own, other));
    });
}

/** `labels["a"]` as `labels.a`. */
const unquoted = (path: string): string => path.replaceAll(/\["((?:[^"\\]|\\.)*)"\]/g, ".$1");
