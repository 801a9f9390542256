/** Where a thing was written, whatever kind of object it stands in: findings name it, and entries say that they came from it. */
import { isDeepStrictEqual } from "node:util";
import { childPath } from "../../../istio/paths";
import { refText, type ObjectRef } from "../../../istio/types/identity";
import type { PlacedObject } from "../../resources/placed-object";

/** An object. */
export interface Subject {
    readonly ref: ObjectRef;
    /** `ns/name`. */
    readonly id: string;
    readonly source: PlacedObject;
}

/** A field of an object. */
export interface ObjectPlace {
    readonly subject: Subject;
    /** `spec.http[2]`; empty: the whole object. */
    readonly field: string;
}

interface Known {
    readonly text: string;
    readonly items: string[];
}

const known = new Map<string, Map<string, Known>>();

/** `spec.http[2].match[0]` below `spec.http[2]`: one text, however many objects have such a field. */
export function fieldBelow(field: string, name: string, index?: number): string {
    let names = known.get(field);
    if (names === undefined) known.set(field, (names = new Map()));
    let one = names.get(name);
    if (one === undefined) names.set(name, (one = { text: `${field}.${name}`, items: [] }));
    return index === undefined ? one.text : (one.items[index] ??= `${one.text}[${index}]`);
}

export function annotationField(name: string): string {
    return childPath("metadata.annotations", name);
}

/** Undefined: the object has none of that name. */
export function annotationText({ source }: Subject, name: string): string | undefined {
    return source.object.metadata.annotations?.[name];
}

/** `Gateway istio-ingress/public`. */
export function subjectText({ ref }: Subject): string {
    return refText(ref);
}

/** `Gateway istio-ingress/public spec.servers[0]`. */
export function placeText({ subject, field }: ObjectPlace): string {
    return `${subjectText(subject)} ${field}`;
}

/** The file and line of a field, where it was read from a file. */
export function lineOf({ source }: Subject, field: string): PlacedObject["place"] {
    return source.placeOf?.(field) ?? source.place;
}

/** Whether two places are named alike, also where one of the objects has changed elsewhere. */
export function isSamePlace(a: ObjectPlace, b: ObjectPlace): boolean {
    return (
        a.field === b.field &&
        isDeepStrictEqual(a.subject.ref, b.subject.ref) &&
        isDeepStrictEqual(lineOf(a.subject, a.field), lineOf(b.subject, b.field))
    );
}
