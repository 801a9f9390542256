/** Redirects of objects of their own; those that did not change are the same as before. */
import type { Tables } from "../tables";
import { attempt, type Changes } from "./changes";
import { bindRedirectMap, type BoundRedirectMap } from "./features/redirects";
import type { BindFault, Snapshot } from "./snapshot";

export function bindRedirectMaps(
    previous: Snapshot | undefined,
    { redirectMaps: entries }: Tables,
    { redirectMaps: changes }: Changes,
    faults: BindFault[],
): Snapshot["redirectMaps"] {
    if (previous !== undefined && changes.size === 0) return previous.redirectMaps;
    const bound = new Map<string, BoundRedirectMap>();
    for (const [key, entry] of entries) {
        const present = previous?.redirectMaps.get(key);
        if (present?.entry === entry) bound.set(key, present);
        else attempt("redirectMaps", entry, faults, () => bound.set(key, bindRedirectMap(entry)));
    }
    return bound;
}
