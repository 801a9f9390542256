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
import { KeyOrder } from "./key-order";
import type { PlacedObject } from "./placed-object";
import { compareText } from "./text-order";

interface StoredFile {
    readonly versions: readonly ObjectVersion[];
    /** The same by the objects' keys. */
    readonly byObject: VersionsByObject;
    readonly findings: readonly Finding[];
    /** Why the file could not be read the last time; what it had before stays. */
    readonly failure?: Finding;
    /** Where something stands that could not be read, of which nobody knows which objects it is. */
    readonly riddle?: Place;
}

type VersionsByObject = ReadonlyMap<string, readonly ObjectVersion[]>;

export interface StoreState {
    readonly objects: readonly PlacedObject[];
    readonly findings: readonly Finding[];
}

export class ResourceStore {
    readonly #files = new Map<string, StoredFile>();
    readonly #lastGood = new LastGood();
    /** By object the files that have it. */
    readonly #holders = new Map<string, readonly string[]>();
    /** Objects of files that are not as they were when all was read last. */
    readonly #changed = new Set<string>();
    readonly #inOrder = new KeyOrder();
    /** Files of which there is something to say. */
    readonly #noted = new Set<string>();
    /** An object may be gone from all files. */
    #hasVanished = false;

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
        const versions = [...named, ...policies, ...kept];
        this.#hold(file, {
            versions,
            byObject: byObject(versions),
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
        const { versions, byObject, findings } = this.#files.get(file) ?? NO_FILE;
        const riddle = versions.length > 0 || isEmpty ? {} : { riddle: failure.place ?? { file, line: 1 } };
        this.#hold(file, { versions, byObject, findings, failure, ...riddle });
    }

    /** Whether the file has any object, good or bad. */
    hasObjects(file: string): boolean {
        return (this.#files.get(file)?.versions.length ?? 0) > 0;
    }

    removeFile(file: string): void {
        this.#hold(file, undefined);
    }

    /** Sorted, so that nothing depends on the order in which files were read. */
    read(): StoreState {
        for (const key of this.#changed) this.#take(key);
        const changed = this.#hasVanished ? undefined : new Set(this.#changed);
        this.#changed.clear();
        const files = [...this.#noted].sort(compareText).flatMap((file) => this.#files.get(file) ?? []);
        const riddle = files.find((file) => file.riddle !== undefined)?.riddle;
        // Of what has vanished something is left only while it may stand where nobody can read it.
        if (this.#hasVanished) this.#lastGood.retain(this.#holders, riddle);
        this.#hasVanished = riddle !== undefined;
        const findings = files.flatMap((file) => [...file.findings, ...(file.failure ? [file.failure] : [])]);
        return {
            objects: this.#inOrder.of(this.#lastGood, this.#holders, changed),
            findings: sorted([...findings, ...this.#lastGood.findings]),
        };
    }

    /** Undefined: the file is gone. */
    #hold(file: string, now: StoredFile | undefined): void {
        const before = this.#files.get(file)?.byObject ?? NO_FILE.byObject;
        const after = now?.byObject ?? NO_FILE.byObject;
        if (now) this.#files.set(file, now);
        else this.#files.delete(file);
        if (now && (now.findings.length > 0 || now.failure || now.riddle)) this.#noted.add(file);
        else this.#noted.delete(file);
        if (before === after) return;
        for (const key of before.keys()) {
            this.#changed.add(key);
            if (after.has(key)) continue;
            const others = (this.#holders.get(key) ?? []).filter((one) => one !== file);
            if (others.length > 0) this.#holders.set(key, others);
            else {
                this.#holders.delete(key);
                this.#hasVanished = true;
            }
        }
        for (const key of after.keys()) {
            this.#changed.add(key);
            if (!before.has(key)) this.#holders.set(key, [...(this.#holders.get(key) ?? []), file].sort(compareText));
        }
    }

    /** The first file by name has the one that is meant. */
    #take(key: string): void {
        const versions = (this.#holders.get(key) ?? []).flatMap((file) => this.#files.get(file)?.byObject.get(key) ?? []);
        const [newest, ...others] = versions;
        const copies = others.filter(({ place }) => !isSamePlace(place, newest?.place));
        if (newest) this.#lastGood.take(key, newest, copies);
    }

    /** With those of which an older version, or what stands in for one, counts. */
    #countedBefore(file: string, now: readonly ObjectVersion[]): ObjectVersion[] {
        const present = new Set(now.map(({ ref }) => refKey(ref)));
        return (this.#files.get(file)?.versions ?? []).filter(
            ({ ref, good, closed }) => (good ?? closed ?? this.#lastGood.inForce(refKey(ref))) !== undefined && !present.has(refKey(ref)),
        );
    }
}

function byObject(versions: readonly ObjectVersion[]): VersionsByObject {
    const byKey = new Map<string, ObjectVersion[]>();
    for (const version of versions) addTo(byKey, refKey(version.ref), version);
    return byKey;
}

const NO_FILE: StoredFile = { versions: [], byObject: new Map(), findings: [] };

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
