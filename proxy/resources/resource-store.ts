/**
 * The version of each object that is in force: its newest good one. A file's objects are put in as they are read; what
 * is bad keeps the version before it, and what never was good is absent. Either is reported.
 */
import type { ParsedDocuments, ParsedObject } from "../../istio/documents";
import { finding, findingText, type Finding, type Place } from "../../istio/findings";
import { meantKind } from "../../istio/semantics/policy-effect";
import { isMeshConfigMap, isMeshConfigRef, meshOf } from "../../istio/semantics/root-namespace";
import { refOf, refText, type ObjectRef } from "../../istio/types";
import { unsupportedFields, validateObject } from "../../istio/validation";
import type { PlacedObject } from "./placed-object";
import { compareText, isReadKind, isReadKindName } from "./model";
import { closedByName, closedEverywhere, closedPolicy, strictestOf } from "./closed-policies";
import { badFinding, keptFinding, lastGood, sameObject } from "./last-good";
import { compactPlaces } from "./line-tree";

/** One appearance of an object in a file. */
interface Candidate {
    readonly ref: ObjectRef;
    readonly place: Place | undefined;
    /** Absent: this appearance is bad. */
    readonly good?: PlacedObject;
    /** Of a bad policy or VirtualService, which may restrict: what of it can be read, which counts where it has never been good. */
    readonly closed?: PlacedObject;
}

interface StoredFile {
    readonly candidates: readonly Candidate[];
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
    private readonly files = new Map<string, StoredFile>();
    private inForce = new Map<string, PlacedObject>();

    /** What a file holds now. */
    setFile(file: string, { documents, findings, unread = [] }: ParsedDocuments): void {
        const checked = documents.map((one) => check(one, this.inForce));
        const bad = findings.flatMap(({ level, object, place, field }): Candidate[] =>
            level === "Error" && isNamed(object) && (isReadKindName(object.kind) || isMeshConfigRef(object))
                ? [{ ref: object, place, ...closedOf(closedByName(object, place, field)) }]
                : [],
        );
        const named = [...checked.flatMap(({ candidate }) => candidate ?? []), ...bad];
        // Of a document that could not be read nobody knows which object it was: all that are missing now stay.
        const unnamed = findings.find(({ level, object }) => level === "Error" && !isNamed(object));
        const kept = unnamed === undefined ? [] : this.countedBefore(file, named);
        // What the file had of the kind is in force, and the unreadable one most likely among it.
        const policies = unread
            .filter(({ ref }) => !kept.some((one) => one.ref.kind === ref.kind))
            .map(({ ref, place }): Candidate => ({ ref, place, ...closedOf(closedEverywhere(ref, place)) }));
        const candidates = [...named, ...policies];
        this.files.set(file, {
            candidates: [...candidates, ...kept],
            findings: [
                ...findings,
                ...checked.flatMap((one) => one.findings),
                ...kept.map((one) => keptFinding(one.ref, "its file can't be read whole", one.place)),
            ],
            ...(unnamed !== undefined && kept.length === 0 ? { riddle: unnamed.place ?? { file, line: 1 } } : {}),
        });
    }

    /** A file that can't be read now keeps what it had. `isEmpty`: by its nature it holds no objects. */
    failFile(file: string, failure: Finding, isEmpty = false): void {
        const { candidates = [], findings = [] } = this.files.get(file) ?? {};
        const riddle = candidates.length > 0 || isEmpty ? {} : { riddle: failure.place ?? { file, line: 1 } };
        this.files.set(file, { candidates, findings, failure, ...riddle });
    }

    /** Whether the file has any object, good or bad. */
    hasObjects(file: string): boolean {
        return (this.files.get(file)?.candidates.length ?? 0) > 0;
    }

    removeFile(file: string): void {
        this.files.delete(file);
    }

    /** Sorted, so that nothing depends on the order in which files were read. */
    read(): StoreState {
        const findings = [...this.files.values()].flatMap((file) => [...file.findings, ...(file.failure ? [file.failure] : [])]);
        const next = new Map<string, PlacedObject>();
        for (const [key, appearances] of [...this.appearances()].sort(([a], [b]) => compareText(a, b))) {
            const [winner, ...others] = appearances;
            if (winner === undefined) continue;
            const copies = others.filter(({ place }) => !isSamePlace(place, winner.place));
            const before = this.inForce.get(key);
            const last = lastGood(before);
            const own = winner.good ?? last ?? winner.closed;
            const strictest =
                own && copies.length > 0 ? strictestOf([own, ...copies.flatMap(({ good, closed }) => good ?? closed ?? [])]) : undefined;
            const chosen = strictest ?? own;
            findings.push(...copies.map((other) => duplicateFinding(winner, other, strictest !== undefined)));
            if (chosen) next.set(key, chosen);
            if (!winner.good) findings.push(badFinding(winner.ref, last ?? winner.closed, winner.place));
        }
        findings.push(...this.keepVanished(next));
        this.inForce = next;
        return { objects: [...next.values()], findings: sorted(findings) };
    }

    /**
     * A file that was moved while it is broken: what is gone may be what can't be read. While something stands there of
     * which nobody knows which objects it is, none is taken away.
     */
    private keepVanished(next: Map<string, PlacedObject>): Finding[] {
        const riddle = [...this.files].sort(([a], [b]) => compareText(a, b)).find(([, one]) => one.riddle !== undefined)?.[1].riddle;
        if (riddle === undefined) return [];
        const gone = [...this.inForce].filter(([key]) => !next.has(key));
        for (const [key, object] of gone) next.set(key, object);
        return gone.map(([, { object }]) =>
            keptFinding(refOf(object), `it is gone, but may stand in ${placeText(riddle)}, which can't be read`, riddle),
        );
    }

    /** By object, the first file by name first. */
    private appearances(): Map<string, Candidate[]> {
        const byObject = new Map<string, Candidate[]>();
        for (const [, { candidates }] of [...this.files].sort(([a], [b]) => compareText(a, b))) {
            for (const candidate of candidates) {
                const key = refText(candidate.ref);
                const list = byObject.get(key);
                if (list) list.push(candidate);
                else byObject.set(key, [candidate]);
            }
        }
        return byObject;
    }

    /** With those of which an older version, or what stands in for one, counts. */
    private countedBefore(file: string, now: readonly Candidate[]): Candidate[] {
        const present = new Set(now.map(({ ref }) => refText(ref)));
        return (this.files.get(file)?.candidates ?? []).filter(
            ({ ref, good, closed }) => (good ?? closed ?? this.inForce.get(refText(ref))) !== undefined && !present.has(refText(ref)),
        );
    }
}

function isNamed(object: ObjectRef | undefined): object is ObjectRef {
    return object !== undefined && object.name !== "";
}

function check(
    parsed: ParsedObject,
    inForce: ReadonlyMap<string, PlacedObject>,
): { readonly candidate?: Candidate; readonly findings: readonly Finding[] } {
    const { object, place } = parsed;
    const context = { placeOf: (field: string) => parsed.placeOf(field), writtenOf: (field: string) => parsed.writtenOf(field) };
    const { object: valid, findings } = validateObject(object, context);
    const candidate = { ref: refOf(object), place };
    // Where its text is none, what it said before holds: nobody is let in because a root namespace was lost.
    if (isMeshConfigMap(object))
        return { candidate: { ...candidate, ...(meshOf(object) === undefined ? {} : { good: { object, place } }) }, findings };
    if (!isReadKind(object.apiVersion, object.kind)) return misnamed(parsed, findings);
    if (valid === undefined) return { candidate: { ...candidate, ...closedOf(closedPolicy(object, place)) }, findings };
    const kept = sameObject(inForce.get(refText(refOf(object))), valid);
    const good: PlacedObject = { object: kept, place, placeOf: compactPlaces(kept, context.placeOf) };
    return { candidate: { ...candidate, good }, findings: [...findings, ...unsupportedFields(valid, context)] };
}

/** An object under another group of Istio's, or in other letters: no API server takes it, and what it forbids is not let in. */
function misnamed({ object, place }: ParsedObject, findings: readonly Finding[]): ReturnType<typeof check> {
    const kind = findings.some(({ level }) => level === "Error") ? meantKind(object) : undefined;
    return kind === undefined
        ? { findings }
        : { candidate: { ref: { ...refOf(object), kind }, place, ...closedOf(closedPolicy(object, place)) }, findings };
}

function closedOf(closed: PlacedObject | undefined): Pick<Candidate, "closed"> {
    return closed ? { closed } : {};
}

function isSamePlace(a: Place | undefined, b: Place | undefined): boolean {
    return a?.file === b?.file && a?.line === b?.line;
}

function placeText(place: Place | undefined): string {
    return place ? `${place.file}:${place.line}` : "an unknown place";
}

function duplicateFinding(winner: Candidate, other: Candidate, isClosed: boolean): Finding {
    const consequence = isClosed
        ? "which is meant nobody knows, so that whom they could be for refuses everything"
        : "the first is in force";
    return finding(
        "GH0402",
        about(other),
        `${refText(other.ref)} stands in ${placeText(winner.place)} and in ${placeText(other.place)}; ${consequence}.`,
        "Remove one of the two.",
    );
}

function about({ ref, place }: Candidate): { readonly object: ObjectRef; readonly place?: Place } {
    return { object: ref, ...(place ? { place } : {}) };
}

function sorted(findings: readonly Finding[]): Finding[] {
    const unique = new Map(findings.map((one) => [findingText(one), one]));
    return [...unique.entries()].sort(([a], [b]) => compareText(a, b)).map(([, one]) => one);
}
