/**
 * What a field table is made of. A table is data: it says of each field of a kind what type it has, within which limits,
 * what it is for, and whether the bundled proxy acts on it. One walker validates every kind by its table.
 */

interface FieldNotes {
    /** What the field is for, in a phrase. */
    readonly doc: string;
    readonly required?: true;
    /** A mapping that may be left out, which is as good as an empty one. */
    readonly orEmpty?: true;
    /** Valid in Istio, not acted on by the bundled proxy: why, or what happens instead. */
    readonly notServed?: string;
    /** Still accepted: what to write today. */
    readonly outdated?: string;
}
export interface TextField extends FieldNotes {
    readonly type: "text";
    /** The only texts it may be. */
    readonly words?: readonly string[];
    /** Words among them that the bundled proxy does not serve, with the reason. */
    readonly wordsNotServed?: Readonly<Record<string, string>>;
    /** Words among them that are old names for others. */
    readonly wordsOutdated?: Readonly<Record<string, string>>;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly pattern?: { readonly regex: RegExp; readonly wanted: string };
    /**
     * `span` is a duration of at least 1ms in whole milliseconds, `fineSpan` may have parts of them, `duration` is any
     * that is not negative, and `idle` one of these that has whole milliseconds from one on.
     */
    readonly format?: "span" | "fineSpan" | "duration" | "idle" | "bytes";
}
export interface NumberField extends FieldNotes {
    readonly type: "number";
    readonly whole: boolean;
    readonly min: number;
    readonly max: number;
}
export interface FlagField extends FieldNotes {
    readonly type: "flag";
}
export interface ListField extends FieldNotes {
    readonly type: "list";
    readonly of: Field;
    readonly min?: number;
    readonly max?: number;
    /** The field was a mapping once: what to write today. */
    readonly wasMapping?: string;
}
export interface MapField extends FieldNotes {
    readonly type: "map";
    readonly of: Field;
    readonly max?: number;
}
export interface ObjectField extends FieldNotes {
    readonly type: "object";
    readonly fields: Readonly<Record<string, Field>>;
    /** Groups of which at most one field may be set. */
    readonly atMostOne?: readonly (readonly string[])[];
    /** Fields of old releases: what to write today. */
    readonly gone?: Readonly<Record<string, string>>;
    /** A Kubernetes kind of which we read a part: other fields pass, a near miss of a known one is a warning. */
    readonly lenient?: true;
    /** What the old releases made of a missing required field, by field. */
    readonly missing?: Readonly<Record<string, string>>;
}
/** A part of a Kubernetes object that nobody here reads. */
export interface AnyField extends FieldNotes {
    readonly type: "any";
}
/** Kubernetes' IntOrString. */
export interface NumberOrNameField extends FieldNotes {
    readonly type: "numberOrName";
}

export type Field = TextField | NumberField | FlagField | ListField | MapField | ObjectField | AnyField | NumberOrNameField;

export function text(doc: string, limits: Omit<TextField, "type" | "doc"> = {}): TextField {
    return { type: "text", doc, ...limits };
}
export function words(doc: string, allowed: readonly string[], limits: Omit<TextField, "type" | "doc" | "words"> = {}): TextField {
    return { type: "text", doc, words: allowed, ...limits };
}
/** A time of at least a millisecond. */
export function span(doc: string): TextField {
    return { type: "text", doc, format: "span" };
}
export function whole(doc: string, min = 0, max = 4_294_967_295): NumberField {
    return { type: "number", doc, whole: true, min, max };
}
/** A whole number whose schema is signed; Istio refuses negative ones by rule. */
export function count(doc: string): NumberField {
    return whole(doc, 0, 2_147_483_647);
}
export function decimal(doc: string, min: number, max: number): NumberField {
    return { type: "number", doc, whole: false, min, max };
}
export function flag(doc: string): FlagField {
    return { type: "flag", doc };
}
export function list(doc: string, of: Field, limits: Omit<ListField, "type" | "doc" | "of"> = {}): ListField {
    return { type: "list", doc, of, ...limits };
}
export function map(doc: string, of: Field = text("a value"), max?: number): MapField {
    return { type: "map", doc, of, ...(max === undefined ? {} : { max }) };
}
/** `T` holds the table to the type: a field of one that the other lacks does not compile. */
export function object<T = never>(
    doc: string,
    fields: Readonly<Record<[T] extends [never] ? string : Extract<keyof T, string>, Field>>,
    notes: Omit<ObjectField, "type" | "doc" | "fields"> = {},
): ObjectField {
    return { type: "object", doc, fields, ...notes };
}
export function any(doc: string): AnyField {
    return { type: "any", doc };
}
export function numberOrName(doc: string): NumberOrNameField {
    return { type: "numberOrName", doc };
}
export function required<F extends Field>(field: F): F {
    return { ...field, required: true };
}
export function notServed<F extends Field>(why: string, field: F): F {
    return { ...field, notServed: why };
}
export function outdated<F extends Field>(today: string, field: F): F {
    return { ...field, outdated: today };
}
