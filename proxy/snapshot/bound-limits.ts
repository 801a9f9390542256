/** Limits of the tables as they are kept; of entries that did not change they are the same as before. */
import type { Tables } from "../tables";
import { attempt, type Changes } from "./changes";
import { bindLimit, refusedLimit, type BoundLimits } from "./features/rate-limit";
import type { BindFault, Snapshot } from "./snapshot";

export function bindLimits(
    previous: Snapshot | undefined,
    { limits: entries }: Tables,
    { limits: changes }: Changes,
    faults: BindFault[],
): Pick<Snapshot, "limits" | "gatewayLimits"> {
    if (previous !== undefined && changes.size === 0) return { limits: previous.limits, gatewayLimits: previous.gatewayLimits };
    const limits = new Map<string, BoundLimits>();
    for (const [key, entry] of entries) {
        const present = previous?.limits.get(key);
        if (present?.entry === entry) {
            limits.set(key, present);
            continue;
        }
        // Nobody is let in because what keeps them out could not be bound.
        limits.set(key, refusedLimit(entry));
        attempt("limits", entry, faults, () => limits.set(key, bindLimit(entry)));
    }
    return { limits, gatewayLimits: [...limits.values()].filter(({ entry }) => entry.isOfGateway) };
}

/** Of all limits. */
export function poolsOf({ limits }: Snapshot): ReadonlySet<number> {
    const ids = new Set<number>();
    for (const { early, late, concurrency } of limits.values()) {
        for (const { pool } of [...early, ...late]) ids.add(pool.id);
        if (concurrency) ids.add(concurrency.pool.id);
    }
    return ids;
}
