/** What validation refuses, a cluster or a proxy refuses later and with fewer words. */
import { findingText, validateObject } from "../../istio";
import type { Checks } from "../check";
import { holdsUnknown } from "../values";

const GROUPS: readonly (string | undefined)[] = ["networking.istio.io", "telemetry.istio.io"];

/** An object with a value that is not known yet is judged once it is. */
export const istioObjectValid: Checks<"istio-object-valid"> = {
    resource: (thing) => {
        const { apiVersion, kind, metadata, spec } = thing.value;
        const object = { apiVersion, kind, metadata, spec };
        if (!GROUPS.includes(thing.group) || holdsUnknown(object)) return [];
        return validateObject(object)
            .findings.filter(({ level }) => level === "Error")
            .map((one) => ({ thing, message: findingText(one) }));
    },
};
