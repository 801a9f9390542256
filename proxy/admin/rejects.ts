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
    readonly served: "the last good version" | "nothing of it" | "what else stands in it" | "what was read of it before";
}

/** By the code of what is found; what stands beside it about the same object is the reason. */
const SERVED: ReadonlyMap<Code, RejectedObject["served"]> = new Map<Code, RejectedObject["served"]>([
    // At the start that is nothing.
    ["GH0401", "what was read of it before"],
    ["GH0403", "the last good version"],
    ["GH0481", "the last good version"],
    ["GH0484", "the last good version"],
    ["GH0487", "the last good version"],
    ["GH0404", "nothing of it"],
    ["GH0459", "nothing of it"],
    ["GH0465", "nothing of it"],
    // What another object has of the same port is not served here.
    ["GH0411", "what else stands in it"],
    ["GH0412", "what else stands in it"],
    ["GH0445", "what else stands in it"],
]);
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
        const served = SERVED.get(one.code);
        if (served === undefined) return [];
        const reasons = one.object && WITHOUT_REASON.has(one.code) ? (errors.get(refKey(one.object)) ?? [one]) : [one];
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
