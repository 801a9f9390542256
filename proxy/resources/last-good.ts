/** Which version of an object is in force, wherever it was read: its newest good one, else what closes in its place. */
import { isDeepStrictEqual } from "node:util";
import { finding, type Finding, type Place } from "../../istio/findings";
import { refText, type KubeObject, type ObjectRef } from "../../istio/types";
import { absentObject } from "./closed-policies";
import type { PlacedObject } from "./placed-object";

/** What was in force before, if it was good: what stands in for an object that never was good is no good version either. */
export function lastGood(before: PlacedObject | undefined): PlacedObject | undefined {
    return before?.isClosed ? undefined : before;
}

/** An object that says the same is the same object: what was computed from it holds on. */
export function sameObject(before: PlacedObject | undefined, now: KubeObject): KubeObject {
    return before && isDeepStrictEqual(before.object, now) ? before.object : now;
}

/** Of an object whose newest version is bad. */
export function badFinding(object: ObjectRef, inForce: PlacedObject | undefined, place?: Place): Finding {
    return lastGood(inForce) ? keptFinding(object, "its new one is bad", place) : absentObject(object, inForce, place);
}

export function keptFinding(object: ObjectRef, why: string, place?: Place): Finding {
    return finding(
        "GH0403",
        { object, ...(place ? { place } : {}) },
        `The last good version of ${refText(object)} stays in force, because ${why}.`,
    );
}
