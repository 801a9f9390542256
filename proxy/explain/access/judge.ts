/**
 * Policy by policy and rule by rule, whether it matches and by what: each test is put to the same code that the data path
 * runs, and its words are made beside it.
 */
import {
    mayBeSecret,
    type AttributeEntry,
    type AttributeTestEntry,
    type AuthorizationPolicyEntry,
    type AuthorizationRuleEntry,
} from "../../tables";
import type { PolicyAnswer, RuleAnswer, TestAnswer } from "./answer";
import { attributeName, valueText } from "./words";

/** A request or a connection, as rules look at it. */
export interface AccessSubject {
    holds(test: AttributeTestEntry): boolean;
    valuesOf(attribute: AttributeEntry): readonly string[];
}

/** `rules`: those that are for what is asked about, HTTP or a connection that is passed on as it is. */
export function judgePolicy(
    policy: AuthorizationPolicyEntry,
    rules: readonly AuthorizationRuleEntry[],
    subject: AccessSubject,
): PolicyAnswer {
    const judged: RuleAnswer[] = [];
    for (const rule of rules) {
        judged.push(judgeRule(rule, subject));
        if (judged.at(-1)!.matched) break;
    }
    return { ...named(policy), matched: judged.at(-1)?.matched ?? false, rules: judged };
}

export function unaskedPolicy(policy: AuthorizationPolicyEntry): PolicyAnswer {
    return { ...named(policy), matched: null, rules: [] };
}

function named({ key, action, dryRun, origin }: AuthorizationPolicyEntry): Pick<PolicyAnswer, "policy" | "action" | "dryRun" | "origin"> {
    return { policy: key, action, dryRun, origin };
}

function judgeRule({ field, from, to, when }: AuthorizationRuleEntry, subject: AccessSubject): RuleAnswer {
    const parts = [from, to, [when]].map((groups) => judgeGroups(groups, subject));
    const matched = parts.every((part) => part.matched);
    return { field, matched, tests: parts.filter((part) => matched || !part.matched).flatMap(({ tests }) => tests) };
}

/** Of several one must hold: the first that does, or what fails in each. */
function judgeGroups(
    groups: readonly (readonly AttributeTestEntry[])[],
    subject: AccessSubject,
): { readonly matched: boolean; readonly tests: readonly TestAnswer[] } {
    if (groups.length === 0) return { matched: true, tests: [] };
    const failing: TestAnswer[] = [];
    for (const group of groups) {
        const tests = group.map((test) => judgeTest(test, subject));
        if (tests.every(({ matched }) => matched)) return { matched: true, tests };
        failing.push(...tests.filter(({ matched }) => !matched));
    }
    return { matched: false, tests: failing };
}

function judgeTest(test: AttributeTestEntry, subject: AccessSubject): TestAnswer {
    const { field, attribute, values, notValues } = test;
    const hidden = mayBeSecret(attribute);
    const got = subject.valuesOf(attribute);
    return {
        field,
        attribute: attributeName(attribute),
        matched: subject.holds(test),
        wanted: values.map((value) => (hidden ? HIDDEN : valueText(value))),
        unwanted: notValues.map((value) => (hidden ? HIDDEN : valueText(value))),
        got: hidden ? got.map(() => HIDDEN) : got,
        hidden,
    };
}

const HIDDEN = "not shown";
