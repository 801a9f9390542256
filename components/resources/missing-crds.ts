/**
 * What to do about a cluster without Istio's kinds. No preview notices: the provider asks for a kind when it makes the
 * first object, and then says that there is no match. So this hangs on the objects and adds what the user can do.
 */
import type * as pulumi from "@pulumi/pulumi";
import { adviceHook } from "../arguments";

const NO_MATCH = /no matches for kind "([^"]*)" in version "([^"]*)"/;

/** The text of the hook for what went wrong; undefined where it has nothing to add. */
export function missingCrdsText(errors: readonly string[]): string | undefined {
    const [, kind, version] = errors.map((error) => NO_MATCH.exec(error)).find((found) => found !== null) ?? [];
    if (kind === undefined) return undefined;
    return (
        `The cluster does not know the kind ${kind} (${version}). Install Istio, or its definitions alone: in one stack of the cluster, before the gateways, ` +
        'new gatehouse.IstioCrds("istio-crds"). Then run the update again: what was made stays. (GH0221)'
    );
}

export function missingCrdsHook(component: pulumi.Resource | undefined): pulumi.ErrorHook | undefined {
    return adviceHook("gatehouse-missing-crds", component, ({ errors }) => missingCrdsText(errors));
}
