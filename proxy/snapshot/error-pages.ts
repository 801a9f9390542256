/** Error pages by the objects that have them; those that did not change are the same as before. */
import type { Tables } from "../tables";
import { attempt, type Changes } from "./changes";
import { bindPages, type BoundErrorPages } from "./features/error-pages";
import type { BindFault, Snapshot } from "./snapshot";

export function bindErrorPages(
    previous: Snapshot | undefined,
    { errorPages: entries }: Tables,
    { errorPages: changes }: Changes,
    faults: BindFault[],
): Snapshot["errorPages"] {
    if (previous !== undefined && changes.size === 0) return previous.errorPages;
    const bound = new Map<string, BoundErrorPages>();
    for (const [key, entry] of entries) {
        const present = previous?.errorPages.get(key);
        if (present?.entry === entry) bound.set(key, present);
        else attempt("errorPages", entry, faults, () => bound.set(key, bindPages(entry)));
    }
    return bound;
}
