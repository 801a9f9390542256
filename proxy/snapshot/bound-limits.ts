/** Limits of the tables as they are kept; of entries that did not change they are the same as before. */
import type { LimitsEntry, Tables } from "../tables";
import type { Changes } from "./changes";
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
        limits.set(key, present?.entry === entry ? present : bound(entry, faults));
    }
    return { limits, gatewayLimits: [...limits.values()].filter(({ entry }) => entry.isOfGateway) };
}

/** Nobody is let in because what keeps them out could not be bound. */
function bound(entry: LimitsEntry, faults: BindFault[]): BoundLimits {
    try {
        return bindLimit(entry);
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        faults.push({ table: "limits", key: entry.key, origin: entry.origin, message });
        return refusedLimit(entry);
    }
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
