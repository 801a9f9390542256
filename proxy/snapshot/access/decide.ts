/** Who may pass, decided: by DENY first, then by ALLOW; and what policies say that decide nothing. */
import { NO_MARKS, type PolicyMark } from "../../tables";
import type { BoundDecision } from "./authorization";
import type { JudgedAccess } from "./judged";
import type { BoundRule } from "./policy-rules";
import { firstRule } from "./rule-set";

/** Undefined: it may pass. */
export function denialOf({ deny, allow }: BoundDecision, judged: JudgedAccess): PolicyMark | undefined {
    const denied = deny && firstRule(deny, judged);
    if (denied !== undefined) return markOf("denied", denied);
    for (let at = 0; at < allow.length; at++) if (firstRule(allow[at]!, judged) === undefined) return markOf("denied", undefined);
    return undefined;
}

/** Whether there are policies that only tell. */
export function hasTold({ audit, dryDeny, dryAllow }: BoundDecision): boolean {
    return audit !== undefined || dryDeny !== undefined || dryAllow.length > 0;
}

export function toldOf(decision: BoundDecision, judged: JudgedAccess): readonly PolicyMark[] {
    if (!hasTold(decision)) return NO_MARKS;
    const marks: PolicyMark[] = [];
    const audited = decision.audit && firstRule(decision.audit, judged);
    if (audited !== undefined) marks.push(markOf("audited", audited));
    const denied = decision.dryDeny && firstRule(decision.dryDeny, judged);
    if (denied !== undefined) marks.push(markOf("would-deny", denied));
    for (const set of decision.dryAllow) {
        const allowed = firstRule(set, judged);
        marks.push(markOf(allowed === undefined ? "would-deny" : "would-allow", allowed));
    }
    return marks;
}

function markOf(effect: PolicyMark["effect"], rule: BoundRule | undefined): PolicyMark {
    return rule === undefined ? { effect, policy: "none", rule: "none" } : { effect, policy: rule.policy, rule: rule.name };
}

/** As Envoy's RBAC filter says it. */
export function denialDetail(mark: PolicyMark): string {
    return `rbac_access_denied_matched_policy[${mark.rule}]`;
}
