/** Small helpers for lists. */
import { isDeepStrictEqual } from "node:util";

/** Element by element the same objects. */
export function sameList<T>(before: readonly T[], after: readonly T[]): boolean {
    return before === after || (before.length === after.length && before.every((one, at) => one === after[at]));
}

/** `before` where it says the same: entries that did not change are the same objects. */
export function sameOr<T>(before: T | undefined, after: T): T {
    return before !== undefined && isDeepStrictEqual(before, after) ? before : after;
}
