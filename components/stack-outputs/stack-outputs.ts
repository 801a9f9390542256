/**
 * `stackOutputs`: what another stack exports, with the types that its program gives it. That program is read by the
 * compiler only, never run: `typeof import("../platform")`.
 */
import * as pulumi from "@pulumi/pulumi";
import { programRegister, refuse, fault } from "../arguments";

type Program = Readonly<Record<string, unknown>>;

/** Names that a program exports as values: functions and classes are its own business. */
type ExportedNames<M> = {
    [K in keyof M]: M[K] extends (...args: never[]) => unknown
        ? never
        : M[K] extends abstract new (
                ...args: never[]
            ) => unknown
          ? never
          : K;
}[keyof M];

/** Refuses a program that exports a resource: across stacks only data goes. */
export type ExportsData<M> = {
    readonly [K in keyof M]: M[K] extends pulumi.Resource | pulumi.Output<pulumi.Resource>
        ? "a resource does not cross stacks: export its ref"
        : unknown;
};

/** Outputs of what the program exports. */
export type StackOutputs<M> = {
    readonly [K in ExportedNames<M>]: M[K] extends pulumi.Output<infer T> ? pulumi.Output<T> : pulumi.Output<M[K]>;
};

/** `platform` is the stack of project `platform` in this environment; `organization/project/stack` is taken as it is. */
function fullName(name: string): string {
    if (name.split("/").length === 3) return name;
    return `${organization()}/${name}/${pulumi.getStack()}`;
}

/** Tests that give `setMocks` no organization have none, and the SDK throws; theirs is called as that of a stack without an account is. */
function organization(): string {
    try {
        return pulumi.getOrganization();
    } catch {
        return "organization";
    }
}

/** One StackReference a stack, however often a program asks: two would be the same resource twice. */
function referenceTo(name: string): pulumi.StackReference {
    const { references } = programRegister();
    const known = references.get(name);
    if (known) return known;
    const made = new pulumi.StackReference(name);
    references.set(name, made);
    return made;
}

function outputOf(reference: pulumi.StackReference, stack: string, key: string): pulumi.Output<unknown> {
    return pulumi.all([reference.outputs, reference.getOutput(key)]).apply(([all, value]) => {
        const owner = `stackOutputs(${JSON.stringify(stack)})`;
        const known =
            Object.keys(all as Program)
                .sort()
                .join(", ") || "nothing";
        if (!(key in (all as Program)))
            refuse(owner, [
                fault("GH0212", key, `the stack does not export it; it exports ${known}.`, "Deploy that stack, or ask for another output."),
            ]);
        return value;
    });
}

/** The outputs of another stack of the same environment, typed as that stack's program exports them. */
export function stackOutputs<M extends ExportsData<M>>(stack: string): StackOutputs<M> {
    const name = fullName(stack);
    const reference = referenceTo(name);
    const asked = new Map<string, pulumi.Output<unknown>>();
    return new Proxy({} as StackOutputs<M>, {
        get(_target, key) {
            // Asked by whoever looks whether this is a promise, an Output or a resource.
            if (typeof key !== "string" || key === "then" || key.startsWith("__")) return undefined;
            const known = asked.get(key) ?? outputOf(reference, name, key);
            asked.set(key, known);
            return known;
        },
    });
}
