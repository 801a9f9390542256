/**
 * Policies that have never been good. What they forbid must not be let in, so that they count as far as they can be read:
 * whom they could be for is refused.
 */
import type { ParsedDocuments } from "../../istio/documents";
import { finding, type Finding, type Place } from "../../istio/findings";
import { KIND_TABLES } from "../../istio/fields";
import { isRestrictingKind } from "../../istio/semantics/policy-effect";
import { refText, type Kind, type KubeObject, type ObjectRef } from "../../istio/types";
import type { PlacedObject } from "../compiler/input";

/** The object under the API group of its kind, whatever it says itself: nobody is to take it for another's. */
function closedObject(object: KubeObject): KubeObject {
    const { group, versions } = KIND_TABLES[object.kind as Kind];
    return { ...object, apiVersion: `${group}/${versions[0] ?? "v1"}` };
}

/** Undefined where its kind keeps nobody out. */
export function closedPolicy(object: KubeObject, place: Place | undefined, isAnywhere = false): PlacedObject | undefined {
    if (!isRestrictingKind(object.kind)) return undefined;
    return { object: closedObject(object), isClosed: true, ...(place ? { place } : {}), ...(isAnywhere ? { isAnywhere } : {}) };
}

/** Of an object of which nothing but a name is known, for what is wrong at `field`. */
export function closedByName(ref: ObjectRef, place: Place | undefined, field: string): PlacedObject | undefined {
    return closedPolicy(nothingOf(ref), place, field === "" || field === "metadata" || field.startsWith("metadata.namespace"));
}

/** Of a document that was not read as any object: nobody knows whom it was for. */
export function closedEverywhere(ref: ObjectRef, place: Place): PlacedObject | undefined {
    return closedPolicy(nothingOf(ref), place, true);
}

/** All of a text that did not become objects. */
export function closedPoliciesOf({ findings, unread = [] }: Omit<ParsedDocuments, "documents">): PlacedObject[] {
    const named = findings.flatMap(({ level, object, place, field }) => (level === "Error" && object?.name ? closedByName(object, place, field) ?? [] : []));
    return [...named, ...unread.flatMap(({ ref, place }) => closedEverywhere(ref, place) ?? [])];
}

function nothingOf({ kind, namespace, name }: ObjectRef): KubeObject {
    return { apiVersion: "", kind, metadata: { name, namespace } };
}

export function neverGoodFinding(object: ObjectRef, place?: Place): Finding {
    return finding("GH0465", { object, ...(place ? { place } : {}) },
        `${refText(object)} has never been good: whom it could be for refuses everything.`, "Mend what is said of it, or remove it.");
}
