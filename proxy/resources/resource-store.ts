/**
 * Objects as the files have them. A file's objects are put in as they are read; what of it can't be read keeps what it was
 * before, and which version of an object counts says `LastGood`.
 */
import type { ParsedDocuments } from "../../istio/documents";
import { findingText, type Finding, type Place } from "../../istio/findings";
import { addTo } from "../../istio/lists-by-key";
import { isMeshConfigRef } from "../../istio/semantics/root-namespace";
import { refKey, refOf, type ObjectRef } from "../../istio/types";
import { closedByName, closedEverywhere } from "./closed-policies";
import { keptFinding, LastGood } from "./last-good";
import { isReadRef } from "./model";
import { badVersion, readVersion, type ObjectVersion } from "./object-version";
import type { PlacedObject } from "./placed-object";
import { compareText } from "./text-order";

interface StoredFile {
    readonly versions: readonly ObjectVersion[];
    readonly findings: readonly Finding[];
    /** Why the file could not be read the last time; what it had before stays. */
    readonly failure?: Finding;
    /** Where something stands that could not be read, of which nobody knows which objects it is. */
    readonly riddle?: Place;
}

export interface StoreState {
    readonly objects: readonly PlacedObject[];
    readonly findings: readonly Finding[];
}

export class ResourceStore {
    readonly #files = new Map<string, StoredFile>();
    readonly #lastGood = new LastGood();

    /** What a file holds now. */
    setFile(file: string, { documents, findings, unread = [] }: ParsedDocuments): void {
        const read = documents.map((one) => readVersion(one.object, this.#lastGood.good(refKey(refOf(one.object))), one));
        const bad = findings.flatMap(({ level, object, place, field }) =>
            level === "Error" &&
            isNamed(object) &&
            (isReadRef(object) || isMeshConfigRef(object) || this.#lastGood.good(refKey(object)) !== undefined)
                ? [badVersion(object, place, closedByName(object, place, field))]
                : [],
        );
        const named = [...read.flatMap(({ version }) => version ?? []), ...bad];
        // Of a document that could not be read nobody knows which object it was: all that are missing now stay.
        const unnamed = findings.find(({ level, object }) => level === "Error" && !isNamed(object));
        const kept = unnamed === undefined ? [] : this.#countedBefore(file, named);
        // What the file had of the kind is in force, and the unreadable one most likely among it.
        const policies = unread
            .filter(({ ref }) => !kept.some((one) => one.ref.group === ref.group && one.ref.kind === ref.kind))
            .map(({ ref, place }) => badVersion(ref, place, closedEverywhere(ref, place)));
        this.#files.set(file, {
            versions: [...named, ...policies, ...kept],
            findings: [
                ...findings,
                ...read.flatMap((one) => one.findings),
                ...kept.map((one) => keptFinding(one.ref, "its file can't be read whole", one.place)),
            ],
            ...(unnamed !== undefined && kept.length === 0 ? { riddle: unnamed.place ?? { file, line: 1 } } : {}),
        });
    }

    /** A file that can't be read now keeps what it had. `isEmpty`: by its nature it holds no objects. */
    failFile(file: string, failure: Finding, isEmpty = false): void {
        const { versions = [], findings = [] } = this.#files.get(file) ?? {};
        const riddle = versions.length > 0 || isEmpty ? {} : { riddle: failure.place ?? { file, line: 1 } };
        this.#files.set(file, { versions, findings, failure, ...riddle });
    }

    /** Whether the file has any object, good or bad. */
    hasObjects(file: string): boolean {
        return (this.#files.get(file)?.versions.length ?? 0) > 0;
    }

    removeFile(file: string): void {
        this.#files.delete(file);
    }

    /** Sorted, so that nothing depends on the order in which files were read. */
    read(): StoreState {
        const files = [...this.#files].sort(([a], [b]) => compareText(a, b)).map(([, file]) => file);
        const versions = versionsByObject(files);
        for (const [key, [newest, ...others]] of versions) {
            const copies = others.filter(({ place }) => !isSamePlace(place, newest?.place));
            if (newest) this.#lastGood.take(key, newest, copies);
        }
        this.#lastGood.retain(versions, files.find(({ riddle }) => riddle !== undefined)?.riddle);
        const findings = files.flatMap((file) => [...file.findings, ...(file.failure ? [file.failure] : [])]);
        return {
            objects: inOrder(this.#lastGood.entries(), versions),
            findings: sorted([...findings, ...this.#lastGood.findings]),
        };
    }

    /** With those of which an older version, or what stands in for one, counts. */
    #countedBefore(file: string, now: readonly ObjectVersion[]): ObjectVersion[] {
        const present = new Set(now.map(({ ref }) => refKey(ref)));
        return (this.#files.get(file)?.versions ?? []).filter(
            ({ ref, good, closed }) => (good ?? closed ?? this.#lastGood.inForce(refKey(ref))) !== undefined && !present.has(refKey(ref)),
        );
    }
}

/** The first file by name has the one that is meant. */
function versionsByObject(files: readonly StoredFile[]): ReadonlyMap<string, readonly ObjectVersion[]> {
    const byObject = new Map<string, ObjectVersion[]>();
    for (const version of files.flatMap(({ versions }) => versions)) addTo(byObject, refKey(version.ref), version);
    return byObject;
}

/** By key; what has vanished comes last. */
function inOrder(held: Iterable<readonly [string, PlacedObject]>, there: ReadonlyMap<string, unknown>): PlacedObject[] {
    const present: (readonly [string, PlacedObject])[] = [];
    const vanished: (readonly [string, PlacedObject])[] = [];
    for (const one of held) (there.has(one[0]) ? present : vanished).push(one);
    return [present, vanished].flatMap((list) => list.sort(([a], [b]) => compareText(a, b)).map(([, placed]) => placed));
}

function isNamed(object: ObjectRef | undefined): object is ObjectRef {
    return object !== undefined && object.name !== "";
}

function isSamePlace(a: Place | undefined, b: Place | undefined): boolean {
    return a?.file === b?.file && a?.line === b?.line;
}

function sorted(findings: readonly Finding[]): Finding[] {
    const unique = new Map(findings.map((one) => [findingText(one), one]));
    return [...unique.entries()].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
}
