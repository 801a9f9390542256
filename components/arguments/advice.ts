/**
 * What the user can do, said beside what the provider says went wrong. Pulumi calls an error hook when an object could
 * not be made; it cannot change the error, so the advice is a message of its own, once for the same words.
 */
import * as pulumi from "@pulumi/pulumi";
import { programRegister } from "./register";

type Advise = (failure: pulumi.ErrorHookArgs) => string | undefined;

/**
 * The hook of this name, one for all objects of a program: to register one is a call to the engine. In a component
 * provider's process, of which there are many beside a program, one for each component. `advise` gives nothing where it
 * has nothing to add. Undefined where nothing calls hooks back, as under Pulumi's mocks.
 */
export function adviceHook(name: string, component: pulumi.Resource | undefined, advise: Advise): pulumi.ErrorHook | undefined {
    if (!hooksWork()) return undefined;
    const { hooks, advice } = programRegister();
    const full = pulumi.runtime.getStackResource() ? name : `${name}/${resourcePath(component)}`;
    const known = hooks.get(full);
    if (known) return known;
    const made = registered(
        full,
        (free) =>
            new pulumi.ErrorHook(free, async (failure) => {
                const text = advise(failure);
                if (text !== undefined && !advice.has(text)) {
                    advice.add(text);
                    await pulumi.log.error(text);
                }
                // Trying again is the provider's business.
                return false;
            }),
    );
    hooks.set(full, made);
    return made;
}

/** The hook of this name for one component, which is asked before or after an object is changed. */
export function changeHook(name: string, component: pulumi.Resource, ask: pulumi.ResourceHookFunction): pulumi.ResourceHook | undefined {
    return hooksWork() ? registered(`${name}/${resourcePath(component)}`, (free) => new pulumi.ResourceHook(free, ask)) : undefined;
}

/**
 * A component by the types it stands below and by its name, as in its URN: an engine knows a hook by its name alone,
 * also between the program and the processes of component providers.
 */
export function resourcePath(component: pulumi.Resource | undefined): string {
    const types: string[] = [];
    for (let one = component as Linked | undefined; one; one = one.__parentResource) types.unshift(one.__pulumiType ?? "");
    return `${types.filter((type) => type !== "" && type !== STACK_TYPE).join("$")}::${(component as Linked | undefined)?.__name ?? ""}`;
}

const STACK_TYPE = "pulumi:pulumi:Stack";

interface Linked {
    readonly __parentResource?: Linked;
    readonly __pulumiType?: string;
    readonly __name?: string;
}

const TAKEN = /already registered/;
const MOST_TRIES = 1000;

/**
 * The hook under the first of its names that is free. Below a parent that is known by its URN alone, which is what a
 * component provider is given, two components of one name look alike.
 */
function registered<Kind extends pulumi.ErrorHook | pulumi.ResourceHook>(name: string, make: (name: string) => Kind): Kind {
    type Hook = Kind & { name: string; __registered: Promise<void> };
    const hook = make(name) as Hook;
    const again = async (first: Promise<void>): Promise<void> => {
        let attempt = first;
        for (let count = 2; ; count += 1) {
            try {
                return await attempt;
            } catch (error) {
                if (count > MOST_TRIES || !TAKEN.test(error instanceof Error ? error.message : String(error))) throw error;
                const other = make(`${name}#${count}`) as Hook;
                hook.name = other.name;
                attempt = other.__registered;
            }
        }
    };
    hook.__registered = again(hook.__registered);
    return hook;
}

/** Whether the engine calls the program back; Pulumi's mocks do not. */
export function hooksWork(): boolean {
    if (!pulumi.runtime.hasMonitor()) return false;
    const monitor = pulumi.runtime.getMonitor() as { readonly registerErrorHook?: unknown } | undefined;
    return typeof monitor?.registerErrorHook === "function";
}
