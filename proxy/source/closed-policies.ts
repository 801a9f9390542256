/**
 * Policies that have never been good. What they forbid must not be let in, so that they count as far as they can be read:
 * whom they could be for is refused.
 */
import { finding, type Finding, type Place } from "../../istio/findings";
import { KIND_TABLES } from "../../istio/fields";
import { refText, type Kind, type KubeObject, type ObjectRef } from "../../istio/types";

/** The object under the API group of its kind, whatever it says itself: nobody is to take it for another's. */
export function closedObject(object: KubeObject): KubeObject {
    const { group, versions } = KIND_TABLES[object.kind as Kind];
    return { ...object, apiVersion: `${group}/${versions[0] ?? "v1"}` };
}

export function neverGoodFinding(object: ObjectRef, place?: Place): Finding {
    return finding("GH0465", { object, ...(place ? { place } : {}) },
        `${refText(object)} has never been good: whom it could be for refuses everything.`, "Mend what is said of it, or remove it.");
}
