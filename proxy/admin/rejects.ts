/** Which objects are not in force as they stand at the source, and why: what Istio calls rejected. */
import { refKey, type ObjectRef } from "../../istio/types";
import type { Code } from "../../istio/codes";
import type { Finding } from "../../istio/findings";

export interface RejectedObject {
    /** Absent: a file that can't be read, of which nobody knows what is in it. */
    readonly object?: ObjectRef;
    readonly field: string;
    readonly code: Code;
    readonly reason: string;
    readonly fix: string;
    readonly place?: Finding["place"];
    /** What is served in its place. */
    readonly served: "the last good version" | "nothing of it" | "what else stands in it";
}

/** Of each of these codes it is so by itself; what stands beside it about the same object is the reason. */
const KEPT: ReadonlySet<Code> = new Set<Code>(["GH0403", "GH0481", "GH0487", "GH0484"]);
const ABSENT: ReadonlySet<Code> = new Set<Code>(["GH0401", "GH0404", "GH0459", "GH0465"]);
/** What another object has of the same port is not served here. */
const PARTLY: ReadonlySet<Code> = new Set<Code>(["GH0411", "GH0412", "GH0445"]);
/** They say that something is not in force, and not why. */
const WITHOUT_REASON: ReadonlySet<Code> = new Set<Code>(["GH0403", "GH0404", "GH0465"]);

export function rejectsOf(findings: readonly Finding[]): RejectedObject[] {
    const errors = new Map<string, Finding[]>();
    for (const one of findings) {
        if (one.level !== "Error" || !one.object || WITHOUT_REASON.has(one.code)) continue;
        const key = refKey(one.object);
        const list = errors.get(key);
        if (list) list.push(one);
        else errors.set(key, [one]);
    }
    return findings.flatMap((one): RejectedObject[] => {
        if (!KEPT.has(one.code) && !ABSENT.has(one.code) && !PARTLY.has(one.code)) return [];
        const reasons = one.object && WITHOUT_REASON.has(one.code) ? (errors.get(refKey(one.object)) ?? [one]) : [one];
        const served = KEPT.has(one.code) ? "the last good version" : PARTLY.has(one.code) ? "what else stands in it" : "nothing of it";
        return reasons.map(({ object, field, code, message, fix, place }) => ({
            ...(object ? { object } : {}),
            field,
            code,
            reason: message,
            fix,
            ...(place ? { place } : {}),
            served,
        }));
    });
}
