/** The limits that somebody is under. */
import type { LimitsEntry } from "../../tables/limits";
import { subjectText } from "../context/place";
import { distinctEntries, type SaidOf } from "../context/said";
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
export function limitUses(said: readonly SaidOf<"limits">[], ofGateway: readonly LimitRule[]): readonly LimitsEntry[] {
    return distinctEntries(
        said,
        ofGateway.map((rule) => limitsEntry(rule, true)),
    );
}
