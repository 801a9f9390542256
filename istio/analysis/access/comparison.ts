/**
 * Which of two rules holds wherever the other does, and which never hold together. Only what can be proven is said: where
 * nothing is known of two conditions, they have nothing to do with one another.
 */
import type { AttributeTest, AuthorizationRuleTests } from "../../semantics/authorization";
import type { PolicyView } from "./access-index";
import { attributeKey, ensures, excludes } from "./values";

type Tests = readonly AttributeTest[];
type Choices = readonly Tests[];

export interface RuleOf {
    readonly policy: PolicyView;
    readonly rule: AuthorizationRuleTests;
}

/** Whether whatever meets `narrow` meets `wide`. */
export function coversRule(wide: AuthorizationRuleTests, narrow: AuthorizationRuleTests): boolean {
    return (
        coversChoices(wide.from, narrow.from, narrow.when) &&
        coversChoices(wide.to, narrow.to, narrow.when) &&
        wide.when.every((one) => isEnsured(one, narrow.when) || isEnsuredByAll(one, narrow.from) || isEnsuredByAll(one, narrow.to))
    );
}

function coversChoices(wide: Choices, narrow: Choices, when: Tests): boolean {
    if (wide.length === 0) return true;
    const choices = narrow.length === 0 ? [[]] : narrow;
    return choices.every((choice) => wide.some((tests) => tests.every((one) => isEnsured(one, choice) || isEnsured(one, when))));
}

function isEnsured(wanted: AttributeTest, known: Tests): boolean {
    const key = attributeKey(wanted.attribute);
    return known.some((one) => attributeKey(one.attribute) === key && ensures(one, wanted));
}

function isEnsuredByAll(wanted: AttributeTest, choices: Choices): boolean {
    return choices.length > 0 && choices.every((one) => isEnsured(wanted, one));
}

/** Whether nothing meets both. */
export function excludesRule(one: AuthorizationRuleTests, other: AuthorizationRuleTests): boolean {
    const sides = ({ from, to, when }: AuthorizationRuleTests): Choices[] => [from, to, [when]].filter((choices) => choices.length > 0);
    return sides(one).some((own) => sides(other).some((its) => own.every((a) => its.every((b) => areApart(a, b)))));
}

function areApart(a: Tests, b: Tests): boolean {
    return a.some((own) => b.some((its) => excludes(own, its)));
}
