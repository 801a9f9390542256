/** The limits that somebody is under. */
import type { LimitsEntry } from "../../tables/limits";
import { subjectText } from "../context/place";
import type { Said } from "../context/said";
import type { LimitRule } from "./model/limits";
import { originOf } from "./origin";

export function limitsEntry({ subject, field, rates, maxConcurrent, refused }: LimitRule, isOfGateway: boolean): LimitsEntry {
    return {
        key: subjectText(subject),
        isOfGateway,
        rates,
        ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
        ...(refused === undefined ? {} : { refused }),
        origin: originOf(subject, field),
    };
}

/** Each once, and those of the whole gateway. */
export function limitUses(said: readonly (readonly Said[])[], ofGateway: readonly LimitRule[]): readonly LimitsEntry[] {
    const uses = new Map<string, LimitsEntry>();
    for (const rule of ofGateway) {
        const entry = limitsEntry(rule, true);
        uses.set(entry.key, entry);
    }
    for (const list of said) for (const one of list) if (one.kind === "limits") uses.set(one.entry.key, one.entry);
    return [...uses.values()];
}
