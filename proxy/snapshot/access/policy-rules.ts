/**
 * The rules of a policy, compiled. One holds where one of its `from`, one of its `to` and all of its `when` do; each is named
 * as Envoy names it. Hot path: no allocation.
 */
import type { AuthorizationPolicyEntry, AuthorizationRuleEntry } from "../../tables";
import { bindTests, testHolds, type BoundTest } from "./attribute-tests";
import type { JudgedAccess } from "./judged";
import { bindOnce } from "./part-fault";

export interface BoundRule {
    readonly entry: AuthorizationRuleEntry;
    /** `ns/name`. */
    readonly policy: string;
    /** `ns[shop]-policy[deny]-rule[0]`. */
    readonly name: string;
    readonly when: readonly BoundTest[];
    readonly to: readonly (readonly BoundTest[])[];
    readonly from: readonly (readonly BoundTest[])[];
}

export interface BoundPolicy {
    readonly entry: AuthorizationPolicyEntry;
    /** In the order in which Envoy tries them. */
    readonly rules: readonly BoundRule[];
    readonly connectionRules: readonly BoundRule[];
}

/** Throws for a policy with a rule that can't be compiled: what it is about is not to be let in for the other rules. */
export const bindPolicy = bindOnce<AuthorizationPolicyEntry, BoundPolicy>("authorizations", (entry) => ({
    entry,
    rules: bindRules(entry, entry.rules),
    connectionRules: bindRules(entry, entry.connectionRules),
}));

function bindRules({ key, namespace, name }: AuthorizationPolicyEntry, rules: readonly AuthorizationRuleEntry[]): readonly BoundRule[] {
    return rules
        .map((entry) => ({
            entry,
            policy: key,
            name: `ns[${namespace}]-policy[${name}]-rule[${entry.index}]`,
            when: bindTests(entry.when),
            to: entry.to.map(bindTests),
            from: entry.from.map(bindTests),
        }))
        .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
}

export function ruleHolds({ when, to, from }: BoundRule, judged: JudgedAccess): boolean {
    return allHold(when, judged) && anyHolds(to, judged) && anyHolds(from, judged);
}

export function headersIn(rules: readonly BoundRule[]): ReadonlySet<string> {
    const tests = rules.flatMap(({ when, to, from }) => [...when, ...to.flat(), ...from.flat()]);
    return new Set(tests.flatMap(({ kind, name }) => (kind === "header" ? name : [])));
}

/** No alternative demands nothing. */
function anyHolds(alternatives: readonly (readonly BoundTest[])[], judged: JudgedAccess): boolean {
    if (alternatives.length === 0) return true;
    for (let at = 0; at < alternatives.length; at++) if (allHold(alternatives[at]!, judged)) return true;
    return false;
}

function allHold(tests: readonly BoundTest[], judged: JudgedAccess): boolean {
    for (let at = 0; at < tests.length; at++) if (!testHolds(tests[at]!, judged)) return false;
    return true;
}
