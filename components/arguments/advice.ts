/**
 * What the user can do, said beside what the provider says went wrong. Pulumi calls an error hook when an object could
 * not be made; it cannot change the error, so the advice is a message of its own, once for the same words.
 */
import * as pulumi from "@pulumi/pulumi";
import { programRegister } from "./register";

/**
 * The hook of this name, one for each program. `advise` gives nothing where it has nothing to add. Undefined where
 * nothing calls hooks back, as under Pulumi's mocks.
 */
export function adviceHook(name: string, advise: (failure: pulumi.ErrorHookArgs) => string | undefined): pulumi.ErrorHook | undefined {
    const { hooks } = programRegister();
    const known = hooks.get(name);
    if (known || !hooksWork()) return known;
    const said = new Set<string>();
    const made = new pulumi.ErrorHook(name, async (failure) => {
        const text = advise(failure);
        if (text !== undefined && !said.has(text)) {
            said.add(text);
            await pulumi.log.error(text);
        }
        // Trying again is the provider's business.
        return false;
    });
    hooks.set(name, made);
    return made;
}

/** Whether the engine calls the program back; Pulumi's mocks do not. */
export function hooksWork(): boolean {
    if (!pulumi.runtime.hasMonitor()) return false;
    const monitor = pulumi.runtime.getMonitor() as { readonly registerErrorHook?: unknown } | undefined;
    return typeof monitor?.registerErrorHook === "function";
}
