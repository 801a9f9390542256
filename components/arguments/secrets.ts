/**
 * What a message may say of arguments that are secret in part. No rule about texts could tell what a message was made
 * from: a host comes back in lower case, cut at its dots, joined to a namespace. So the check runs once more, with a
 * stand-in for every secret: what it says again was said without any of them, and of the rest only the argument is
 * named and what its code means.
 */
import * as pulumi from "@pulumi/pulumi";
import { CODES } from "../../istio";
import { fault, faultText, refuse, type Fault } from "./faults";
import { isLater, UNKNOWN } from "./unknown";

/** The arguments as they came, with UNKNOWN for every secret among them. */
async function withoutSecrets(wire: unknown, there: unknown): Promise<unknown> {
    if (isLater(wire)) return (await pulumi.isSecret(pulumi.output(wire))) ? UNKNOWN : there;
    if (Array.isArray(wire))
        return Promise.all(wire.map((item: unknown, index) => withoutSecrets(item, (there as readonly unknown[])[index])));
    if (typeof wire !== "object" || wire === null) return wire;
    const entries = Object.entries(wire).map(
        async ([key, inner]) => [key, await withoutSecrets(inner, (there as Readonly<Record<string, unknown>>)[key])] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
}

/** The path as far as it is the program's own words: what a secret holds is not named, nor what is called by one. */
function openPath(path: string, open: unknown): string {
    const [kind = "", ...rest] = path.split(" ");
    // An object's field: the object's name may be a secret.
    if (rest.length > 0) return kind;
    let value = open;
    let end = 0;
    for (const step of path.matchAll(/\[("(?:[^"\\]|\\.)*"|[^\]]*)\]|[^.[\]]+/g)) {
        const [text, index] = step;
        if (end > 0 && (typeof value !== "object" || value === null)) break;
        value = (value as Readonly<Record<string, unknown>> | undefined)?.[index ?? text];
        end = step.index + text.length;
    }
    return path.slice(0, end);
}

function unshown({ code, path }: Fault, open: unknown): Fault {
    return fault(
        code,
        open === PATHS_ARE_OURS ? path : openPath(path, open),
        `a secret value, which is not shown, cannot be taken here. ${CODES[code].when}`,
    );
}

/** For a check whose paths are words of its own, and not of what it reads. */
export const PATHS_ARE_OURS = Symbol("paths are ours");

/** Throws the faults that `check` found of the arguments, without a word of what is secret among them. */
export async function refuseUnshown<Plain>(
    owner: string,
    wire: object,
    there: Plain,
    faults: readonly Fault[],
    check: (args: Plain) => readonly Fault[],
    paths?: typeof PATHS_ARE_OURS,
): Promise<never> {
    const open = (await withoutSecrets(wire, there)) as Plain;
    const said = new Set(check(open).map(faultText));
    refuse(
        owner,
        faults.map((one) => (said.has(faultText(one)) ? one : unshown(one, paths ?? open))),
    );
    throw new Error("there was no fault");
}

export interface LaterOptions {
    /** There once what is not among the arguments has passed too. */
    readonly gate?: pulumi.Input<unknown> | undefined;
    readonly paths?: typeof PATHS_ARE_OURS;
    /** The arguments as one Output, from who has made it already. */
    readonly there?: pulumi.Output<unknown> | undefined;
}

/** The arguments once they are there, checked: the one way to what is later. */
export function checkedLater<Plain>(
    owner: string,
    wire: object,
    check: (args: Plain) => readonly Fault[],
    options: LaterOptions = {},
): pulumi.Output<Plain> {
    const { gate, paths, there = pulumi.output(wire) } = options;
    const passed = (args: unknown): Plain | Promise<never> => {
        const faults = check(args as Plain);
        return faults.length === 0 ? (args as Plain) : refuseUnshown(owner, wire, args as Plain, faults, check, paths);
    };
    return (gate === undefined ? there.apply(passed) : pulumi.all([there, gate]).apply(([args]) => passed(args))) as pulumi.Output<Plain>;
}
