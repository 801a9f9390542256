/** Why nothing is let in, as tables have it. */
import type { RefusalEntry } from "../../tables/entries";
import type { PlannedServer } from "./model/servers";
import type { Refusal, RefusalOf } from "./model/sources";
import { originOf } from "./origin";

const made = new WeakMap<Refusal, RefusalEntry>();

/** The same for the same refusal. */
export function refusalEntry(refusal: Refusal): RefusalEntry {
    const present = made.get(refusal);
    if (present) return present;
    const entry = { detail: refusal.detail, origin: originOf(refusal.subject, refusal.field) };
    made.set(refusal, entry);
    return entry;
}

/** Of servers that share a table, where all are refused: the first's. */
export function sharedRefusal(servers: readonly PlannedServer[], refusalOf: RefusalOf): RefusalEntry | undefined {
    const refusals = servers.map(refusalOf);
    const first = refusals.includes(undefined) ? undefined : refusals[0];
    return first && refusalEntry(first);
}
