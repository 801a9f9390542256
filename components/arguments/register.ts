/**
 * What the components of one program have taken: hosts, ports, object names. It hangs on the program's root Stack
 * resource and not on this module, because tests and the Automation API run several programs in one process.
 */
import * as pulumi from "@pulumi/pulumi";
import { fault, type Fault } from "./faults";
import { mentionsUnknown } from "./unknown";

/** One thing that only one component of a program can have. */
export interface Claim {
    /** Identity: `host istio-ingress/public 443 webapp.example.com`. */
    readonly key: string;
    /** The argument that takes it. */
    readonly path: string;
    /** `the host webapp.example.com on port 443 of gateway istio-ingress/public`. */
    readonly what: string;
}

interface Register {
    readonly owners: Map<string, string>;
    readonly references: Map<string, pulumi.StackReference>;
    /** The definitions of kinds that the program installs itself, by kind. */
    readonly crds: Map<string, pulumi.Resource>;
    /** Hooks by their names, which a program can register once only. */
    readonly hooks: Map<string, pulumi.ErrorHook>;
}

// One key for every copy of the package that a program may have loaded.
const REGISTER = Symbol.for("gatehouse.register");

export function programRegister(): Register {
    const empty = (): Register => ({ owners: new Map(), references: new Map(), crds: new Map(), hooks: new Map() });
    const stack = pulumi.runtime.getStackResource() as ({ [REGISTER]?: Register }) | undefined;
    if (!stack) return empty();
    const known = stack[REGISTER];
    if (known) return known;
    const made = empty();
    Object.defineProperty(stack, REGISTER, { value: made, enumerable: false });
    return made;
}

/** Takes what is free and tells what is not; a component may take its own again. */
export function takeClaims(owner: string, claims: readonly Claim[]): Fault[] {
    const { owners } = programRegister();
    return claims.filter(({ key }) => !mentionsUnknown(key)).flatMap(({ key, path, what }) => {
        const holder = owners.get(key) ?? owner;
        if (holder === owner) {
            owners.set(key, owner);
            return [];
        }
        const both = [holder, owner].sort().join(" and ");
        return [fault("GH0208", path, `${both} both take ${what}.`, "Give it to one of them.")];
    });
}
