/**
 * Which of two rules holds wherever the other does, and which never hold together. Only what can be proven is said: where
 * nothing is known of two conditions, they have nothing to do with one another.
 */
import { addTo } from "../../lists-by-key";
import type { AttributeTest, AuthorizationRuleTests, ValueTest } from "../../semantics/authorization";
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

/** Attributes whose exact values tell most rules of a gateway apart. */
const TELLING = ["host", "path", "method"] as const;
type Telling = (typeof TELLING)[number];

interface Keys {
    readonly attribute: Telling;
    readonly values: readonly string[];
}

/** Rules, found by what they could cover: a thousand rules for a thousand hosts are not compared each with each. */
export class RuleIndex {
    readonly #told = new Map<Telling, Map<string, RuleOf[]>>(TELLING.map((attribute) => [attribute, new Map<string, RuleOf[]>()]));
    readonly #others: RuleOf[] = [];

    constructor(rules: readonly RuleOf[]) {
        for (const one of rules) {
            const keys = exactKeys(one.rule);
            if (keys === undefined) this.#others.push(one);
            for (const value of keys?.values ?? []) addTo(this.#under(keys?.attribute), value, one);
        }
    }

    /** Those that may cover a rule: what tells them from others is among the rule's own values. */
    near({ from, to, when }: AuthorizationRuleTests): readonly RuleOf[] {
        const found = new Set(this.#others);
        for (const { attribute, values } of [...from.flat(), ...to.flat(), ...when]) {
            const told = this.#told.get(attribute.kind as Telling);
            for (const value of told ? values : []) {
                for (const one of told?.get(exactText(value) ?? "") ?? []) found.add(one);
            }
        }
        return [...found];
    }

    /** Those that may hold together with a rule: what is told apart by another value of one attribute does not. */
    together(rule: AuthorizationRuleTests): readonly RuleOf[] {
        const own = exactKeys(rule);
        const found = new Set(this.#others);
        for (const [attribute, byValue] of this.#told) {
            const lists = own?.attribute === attribute ? own.values.map((value) => byValue.get(value) ?? []) : byValue.values();
            for (const rules of lists) for (const one of rules) found.add(one);
        }
        return [...found];
    }

    #under(attribute: Telling | undefined): Map<string, RuleOf[]> {
        return (attribute && this.#told.get(attribute)) ?? new Map<string, RuleOf[]>();
    }
}

/** The first attribute of which each of a rule's choices has exact values alone, and all of these. */
function exactKeys({ from, to, when }: AuthorizationRuleTests): Keys | undefined {
    for (const attribute of TELLING) {
        for (const choices of [to, from, [when]]) {
            const lists = choices.map((tests) => tests.find((one) => one.attribute.kind === attribute)?.values ?? []);
            const texts = lists.flat().map(exactText);
            if (lists.length > 0 && lists.every(({ length }) => length > 0) && texts.every((text) => text !== undefined)) {
                return { attribute, values: [...new Set(texts)] };
            }
        }
    }
    return undefined;
}

/** In lower case: texts that differ by that alone stand together, and are compared. */
function exactText(value: ValueTest): string | undefined {
    return value.kind === "exact" ? value.value.toLowerCase() : undefined;
}
