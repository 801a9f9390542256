/** Small helpers for lists. */
import { isDeepStrictEqual } from "node:util";

/** Element by element the same objects. */
export function sameList<T>(before: readonly T[], after: readonly T[]): boolean {
    if (before === after) return true;
    if (before.length !== after.length) return false;
    for (let at = 0; at < before.length; at++) if (before[at] !== after[at]) return false;
    return true;
}

/** `before` where it says the same: entries that did not change are the same objects. */
export function sameOr<T>(before: T | undefined, after: T): T {
    return before !== undefined && (before === after || isDeepStrictEqual(before, after)) ? before : after;
}
