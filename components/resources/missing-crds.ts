/**
 * What to do about a cluster without Istio's kinds. No preview notices: the provider asks for a kind when it makes the
 * first object, and then says that there is no match. So this hangs on the objects and adds what the user can do.
 */
import * as pulumi from "@pulumi/pulumi";
import { programRegister } from "../arguments";

const NO_MATCH = /no matches for kind "([^"]*)" in version "([^"]*)"/;
const HOOK = "gatehouse-missing-crds";

/** The text of the hook for what went wrong; undefined where it has nothing to add. */
export function missingCrdsText(errors: readonly string[]): string | undefined {
    const [, kind, version] = errors.map((error) => NO_MATCH.exec(error)).find((found) => found !== null) ?? [];
    if (kind === undefined) return undefined;
    return `The cluster does not know the kind ${kind} (${version}). Install Istio, or its definitions alone: in one stack of the cluster, before the gateways, `
        + "new gatehouse.IstioCrds(\"istio-crds\"). Then run the update again: what was made stays. (GH0221)";
}

/** One for each program; undefined where nothing calls hooks back, as under Pulumi's mocks. */
export function missingCrdsHook(): pulumi.ErrorHook | undefined {
    const { single } = programRegister();
    const known = single.get(HOOK) as pulumi.ErrorHook | undefined;
    if (known || !hooksWork()) return known;
    let said = false;
    const made = new pulumi.ErrorHook(HOOK, ({ errors }) => {
        const text = missingCrdsText(errors);
        if (text !== undefined && !said) void pulumi.log.error(text);
        said ||= text !== undefined;
        return false;
    });
    single.set(HOOK, made);
    return made;
}

function hooksWork(): boolean {
    if (!pulumi.runtime.hasMonitor()) return false;
    const monitor = pulumi.runtime.getMonitor() as { readonly registerErrorHook?: unknown } | undefined;
    return typeof monitor?.registerErrorHook === "function";
}
