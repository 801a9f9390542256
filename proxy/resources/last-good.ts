/**
 * Which version of every object is in force, wherever it is read: its newest good one. While its newest is bad that is the
 * good one before; of an object that has never been good it is what closes in its place, where its kind may restrict.
 */
import { isDeepStrictEqual } from "node:util";
import { finding, type Finding, type Place } from "../../istio/findings";
import { refOf, refText, type ObjectRef } from "../../istio/types";
import { absentObject, strictestOf } from "./closed-policies";
import type { ObjectVersion } from "./object-version";
import type { PlacedObject } from "./placed-object";

interface Held {
    /** Absent: nothing of the object is in force. */
    readonly placed: PlacedObject | undefined;
    readonly findings: readonly Finding[];
}

const NONE: readonly never[] = [];

export class LastGood {
    readonly #held = new Map<string, Held>();
    #listed: readonly PlacedObject[] | undefined;
    #told: readonly Finding[] | undefined;

    /** What is in force, by the objects' keys. */
    *entries(): Iterable<readonly [string, PlacedObject]> {
        for (const [key, { placed }] of this.#held) if (placed) yield [key, placed];
    }

    /** What is in force; the same list while none changed. */
    get objects(): readonly PlacedObject[] {
        return (this.#listed ??= [...this.#held.values()].flatMap(({ placed }) => placed ?? NONE));
    }

    /** Of the objects whose newest version is not in force; the same list while none changed. */
    get findings(): readonly Finding[] {
        return (this.#told ??= [...this.#held.values()].flatMap(({ findings }) => findings));
    }

    /** What is in force of an object. */
    inForce(key: string): PlacedObject | undefined {
        return this.#held.get(key)?.placed;
    }

    /** The same, if it is good: what stands in for an object that never was good is no good version either. */
    good(key: string): PlacedObject | undefined {
        const placed = this.inForce(key);
        return placed?.isClosed ? undefined : placed;
    }

    /** Takes up an object's newest version, and copies of it that stand elsewhere. Whether anything differs for those who read. */
    take(key: string, newest: ObjectVersion, copies: readonly ObjectVersion[] = NONE): boolean {
        const last = this.good(key);
        const own = newest.good ?? last ?? newest.closed;
        const all = copies.flatMap(({ good, closed }) => good ?? closed ?? NONE);
        const strictest = own && all.length > 0 ? strictestOf([own, ...all]) : undefined;
        return this.#note(key, {
            placed: strictest ?? own,
            findings: [
                ...copies.map((copy) => duplicateFinding(newest, copy, strictest)),
                ...(newest.good || newest.isTold ? NONE : [badFinding(newest, last)]),
            ],
        });
    }

    /** An object is gone. */
    forget(key: string): boolean {
        return this.#note(key, undefined);
    }

    /**
     * These are all there are. `riddle` is where something stands of which nobody knows which objects it is, such as a file
     * that was moved while it is broken: what is gone may be what can't be read there, so that none is taken away.
     */
    retain(keys: { has(key: string): boolean }, riddle?: Place): boolean {
        let isChanged = false;
        for (const [key, { placed }] of this.#held) {
            if (keys.has(key)) continue;
            const kept = riddle && placed && { placed, findings: [vanishedFinding(refOf(placed.object), riddle)] };
            isChanged = this.#note(key, kept) || isChanged;
        }
        return isChanged;
    }

    #note(key: string, now: Held | undefined): boolean {
        const before = this.#held.get(key);
        if (now) this.#held.set(key, now);
        else this.#held.delete(key);
        const isObject = before?.placed !== now?.placed;
        const isFinding = !isSameList(before?.findings ?? NONE, now?.findings ?? NONE);
        if (isObject) this.#listed = undefined;
        if (isFinding) this.#told = undefined;
        return isObject || isFinding;
    }
}

/** Of most objects there is nothing to say, whatever changes. */
function isSameList(a: readonly Finding[], b: readonly Finding[]): boolean {
    return a.length === b.length && (a.length === 0 || isDeepStrictEqual(a, b));
}

function badFinding({ ref, place, closed }: ObjectVersion, last: PlacedObject | undefined): Finding {
    return last ? keptFinding(ref, "its new one is bad", place) : absentObject(ref, closed, place);
}

function vanishedFinding(ref: ObjectRef, riddle: Place): Finding {
    return keptFinding(ref, `it is gone, but may stand in ${placeText(riddle)}, which can't be read`, riddle);
}

export function keptFinding(object: ObjectRef, why: string, place?: Place): Finding {
    return finding(
        "GH0403",
        { object, ...(place ? { place } : {}) },
        `The last good version of ${refText(object)} stays in force, because ${why}.`,
    );
}

function duplicateFinding(newest: ObjectVersion, { ref, place }: ObjectVersion, strictest: PlacedObject | undefined): Finding {
    const consequence =
        strictest === undefined
            ? "the first is in force"
            : strictest.isClosed
              ? "which is meant nobody knows, so that whom they could be for refuses everything"
              : "which is meant nobody knows, so that what either of them denies is denied";
    return finding(
        "GH0402",
        { object: ref, ...(place ? { place } : {}) },
        `${refText(ref)} stands in ${placeText(newest.place)} and in ${placeText(place)}; ${consequence}.`,
        "Remove one of the two.",
    );
}

function placeText(place: Place | undefined): string {
    return place ? `${place.file}:${place.line}` : "an unknown place";
}
