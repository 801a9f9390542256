/** One version of an object, in a file or of the API server: what is good of it, or else what of it closes. */
import { isDeepStrictEqual } from "node:util";
import type { ShortDocument } from "../../istio/line-tree";
import { finding, type Finding, type Place } from "../../istio/findings";
import { isRedirectMap, readRedirectMap } from "../../istio/semantics/redirect-maps";
import { meantKind } from "../../istio/semantics/policy-effect";
import { isGatewayMeshConfig, isMeshConfigMap, meshFault, meshOf } from "../../istio/semantics/root-namespace";
import { GROUP_OF_KIND, refOf, type KubeObject, type ObjectRef } from "../../istio/types";
import { unsupportedFields, validateObject } from "../../istio/validation";
import { closedMeshConfig, closedPolicy } from "./closed-policies";
import { closedService } from "./closed-service";
import { compactPlaces, isSamePlaces, placesOfShort } from "./line-tree";
import { isReadKind } from "./model";
import type { PlacedObject } from "./placed-object";

export interface ObjectVersion {
    readonly ref: ObjectRef;
    readonly place?: Place;
    /** Absent: the version is bad. */
    readonly good?: PlacedObject;
    /** Of a bad one that may restrict: what of it can be read, which counts where it has never been good. */
    readonly closed?: PlacedObject;
    /** What is wrong with it says what becomes of it. */
    readonly isTold?: true;
}

export interface ReadVersion {
    /** Absent: nobody reads the kind. */
    readonly version?: ObjectVersion;
    readonly findings: readonly Finding[];
}

/** Where an object was read. */
export interface ReadAt {
    readonly place: Place;
    placeOf(field: string): Place;
    writtenOf(field: string): string | undefined;
    /** Where its parts stand, where that is known already. */
    readonly short?: { readonly first: number; readonly part: ShortDocument };
}

/** `before`: its last good version. */
export function readVersion(object: KubeObject, before: PlacedObject | undefined, at?: ReadAt): ReadVersion {
    const context = at ? { placeOf: (field: string) => at.placeOf(field), writtenOf: (field: string) => at.writtenOf(field) } : {};
    const { object: valid, findings } = validateObject(object, context);
    const ref = refOf(object);
    const place = at?.place;
    // Where its text is none, what it said before holds: nobody is let in because a root namespace was lost.
    if (isMeshConfigMap(object) || isGatewayMeshConfig(object, undefined)) {
        if (meshOf(object) !== undefined) return { version: goodVersion(ref, object, before, at), findings };
        return { version: badVersion(ref, place, closedMesh(object, place)), findings: [...findings, ...meshFindings(object, at)] };
    }
    if (isRedirectMap(object)) return redirectVersion(object, before, at, findings);
    if (!isReadKind(object)) return misnamed(object, place, findings);
    if (valid === undefined)
        return { version: badVersion(ref, place, closedService(object, place) ?? closedPolicy(object, place)), findings };
    return { version: goodVersion(ref, valid, before, at), findings: [...findings, ...unsupportedFields(valid, context)] };
}

/** Lines that are no redirects are left out by whoever makes the others; a table that can't be read at all takes none away. */
function redirectVersion(
    object: KubeObject,
    before: PlacedObject | undefined,
    at: ReadAt | undefined,
    findings: readonly Finding[],
): ReadVersion {
    const { isBroken, faults } = readRedirectMap(object);
    const ref = refOf(object);
    if (!isBroken) return { version: goodVersion(ref, object, before, at), findings };
    const [{ field, message } = { field: "data", message: "can't be read" }] = faults;
    const place = at?.placeOf(field);
    const broken = finding("GH0424", { object: ref, field, ...(place ? { place } : {}) }, `${message}.`, "Write the table anew.");
    return { version: badVersion(ref, at?.place, undefined), findings: [...findings, broken] };
}

function meshFindings(object: KubeObject, at: ReadAt | undefined): Finding[] {
    const fault = meshFault(object);
    if (fault === undefined) return [];
    const field = "data.mesh";
    const place = at?.placeOf(field);
    const about = { object: refOf(object), field, ...(place ? { place } : {}) };
    return [
        finding(
            "GH0114",
            about,
            `the mesh's configuration can't be read: ${fault}`,
            "Write it as YAML: names of settings, each with its value.",
        ),
    ];
}

/** One without the text says nothing, and Istio's defaults hold. */
function closedMesh(object: KubeObject, place: Place | undefined): PlacedObject | undefined {
    const isSaid = isMeshConfigMap(object) && (object as { readonly data?: { readonly mesh?: unknown } }).data?.mesh !== undefined;
    return isSaid ? closedMeshConfig(refOf(object), place) : undefined;
}

export function badVersion(ref: ObjectRef, place: Place | undefined, closed: PlacedObject | undefined): ObjectVersion {
    return { ref, ...(place ? { place } : {}), ...(closed ? { closed } : {}) };
}

/** An object that says the same is the same object: what was computed from it holds on. */
function goodVersion(ref: ObjectRef, now: KubeObject, before: PlacedObject | undefined, at: ReadAt | undefined): ObjectVersion {
    const isSame = before !== undefined && isDeepStrictEqual(before.object, now);
    if (at === undefined) return { ref, good: isSame ? before : { object: now } };
    const object = isSame ? before.object : now;
    const placeOf = at.short ? placesOfShort(object, at.place.file, at.short) : compactPlaces(object, (field) => at.placeOf(field));
    // Of several objects in a file one has changed, most times.
    const isMoved = !isSame || !isSamePlaces(before.placeOf, placeOf);
    return { ref, place: at.place, good: isMoved ? { object, place: at.place, placeOf } : before };
}

/** An object under another group of Istio's, or in other letters: no API server takes it, and what it forbids is not let in. */
function misnamed(object: KubeObject, place: Place | undefined, findings: readonly Finding[]): ReadVersion {
    const kind = findings.some(({ level }) => level === "Error") ? meantKind(object) : undefined;
    if (kind === undefined) return { findings };
    return { version: badVersion({ ...refOf(object), group: GROUP_OF_KIND[kind], kind }, place, closedPolicy(object, place)), findings };
}
