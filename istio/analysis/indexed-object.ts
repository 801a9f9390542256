/** What analyzers know an object by, and how they ask for objects. */
import type { Finding, Place } from "../findings";
import type { Kind, KubeObject, ObjectOfKind, ObjectRef } from "../types";
import type { Loose } from "../validation";

/** An object and where it was read, as `parseDocuments` gives it; an object of a program has no place. */
export interface AnalysisInput {
    readonly object: KubeObject;
    readonly place?: Place;
    /** Where a field stands. */
    placeOf?(field: string): Place;
    /** A scalar as it is written in a file, where it has no quotes. */
    writtenOf?(field: string): string | undefined;
    /** It is there for others to refer to and is not judged itself, as the objects of a stack that another one builds on. */
    readonly context?: boolean;
}

/** An object of a kind that has a type. */
export interface IndexedObject<T = unknown> {
    readonly object: KubeObject;
    /** Its namespace is the configuration's default one where it names none. */
    readonly ref: ObjectRef;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    /** What of it is well typed: any part may be missing. The object itself where its kind has no type. */
    readonly usable: T;
    readonly place: (field: string) => Place | undefined;
    /** There for others to refer to, and not judged itself. */
    readonly context: boolean;
    /** What is wrong with the object by itself. */
    readonly findings: readonly Finding[];
}

export type IndexedKind<K extends Kind> = IndexedObject<Loose<ObjectOfKind[K]>>;

/** Objects by their kind. */
export interface ObjectsByKind {
    of<K extends Kind>(kind: K): readonly IndexedKind<K>[];
    others(group: string, kind: string): readonly IndexedObject[];
}
