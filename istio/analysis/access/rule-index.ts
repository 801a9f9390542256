/**
 * Rules by the values that tell them apart: a thousand rules for a thousand hosts are not compared each with each. A value
 * stands under itself; what covers another one is found under the beginnings of that one, its ends, or the blocks around it.
 */
import { addTo } from "../../lists-by-key";
import type { Attribute, AttributeTest, AuthorizationRuleTests, ValueTest } from "../../semantics/authorization";
import type { RuleOf } from "./comparison";
import { blockAround, isSingle } from "./values";

/** The most telling first. */
const TELLING: readonly Attribute["kind"][] = [
    "host",
    "path",
    "source-address",
    "remote-address",
    "destination-port",
    "server-name",
    "method",
];

/** Beyond so many, what is not told apart is not gone through. */
const MOST = 200;

interface Told {
    readonly attribute: Attribute["kind"];
    readonly keys: readonly string[];
}

export class RuleIndex {
    readonly #told = new Map<string, RuleOf[]>();
    readonly #attributes = new Set<string>();
    readonly #others: RuleOf[] = [];
    readonly #size: number;

    constructor(rules: readonly RuleOf[]) {
        this.#size = rules.length;
        for (const one of rules) {
            const told = toldBy(one.rule);
            if (told) this.#attributes.add(told.attribute);
            else this.#others.push(one);
            for (const key of told?.keys ?? []) addTo(this.#told, `${told?.attribute ?? ""} ${key}`, one);
        }
    }

    /** Those that may cover a rule. */
    near({ from, to, when }: AuthorizationRuleTests): readonly RuleOf[] {
        const found = new Set(this.#others.slice(0, MOST));
        for (const { attribute, values } of [...from.flat(), ...to.flat(), ...when]) {
            // Of a rule that covers, some value covers the first one.
            const [first] = this.#attributes.has(attribute.kind) ? values : [];
            for (const key of first ? coveringKeys(first) : []) {
                for (const one of this.#told.get(`${attribute.kind} ${key}`) ?? []) found.add(one);
            }
        }
        return [...found];
    }

    /** Those that may hold together with a rule; undefined: too many to say. */
    together(rule: AuthorizationRuleTests): readonly RuleOf[] | undefined {
        const own = toldBy(rule);
        const [attribute] = this.#attributes;
        const isTold = own !== undefined && this.#attributes.size === 1 && own.attribute === attribute && own.keys.every(isWhole);
        if (isTold) {
            const keys = valuesOf(rule, own.attribute).flat().flatMap(coveringKeys);
            const found = new Set([...this.#others, ...keys.flatMap((key) => this.#told.get(`${own.attribute} ${key}`) ?? [])]);
            return found.size > MOST ? undefined : [...found];
        }
        return this.#size > MOST ? undefined : [...new Set([...this.#others, ...[...this.#told.values()].flat()])];
    }
}

/** The first attribute of which each of a rule's choices has values that are told apart, and the keys of all of them. */
function toldBy(rule: AuthorizationRuleTests): Told | undefined {
    for (const attribute of TELLING) {
        const lists = valuesOf(rule, attribute);
        const keys = lists.flat().map(keyOf);
        if (lists.length > 0 && lists.every(({ length }) => length > 0) && keys.every((key) => key !== undefined)) {
            return { attribute, keys: [...new Set(keys)] };
        }
    }
    return undefined;
}

/** Of the first of a rule's parts that says something of an attribute in each of its choices. */
function valuesOf({ from, to, when }: AuthorizationRuleTests, attribute: Attribute["kind"]): readonly (readonly ValueTest[])[] {
    const valuesIn = (tests: readonly AttributeTest[]): readonly ValueTest[] =>
        tests.find((one) => one.attribute.kind === attribute && isSingle(one.attribute))?.values ?? [];
    const parts = [to, from, [when]].map((choices) => choices.map(valuesIn));
    return parts.find((lists) => lists.length > 0 && lists.every(({ length }) => length > 0)) ?? [];
}

/** In lower case: texts that differ by that alone stand together, and are compared. */
function keyOf(value: ValueTest): string | undefined {
    switch (value.kind) {
        case "exact":
            return `=${value.value.toLowerCase()}`;
        case "prefix":
            return `^${value.value.toLowerCase()}`;
        case "suffix":
            return `$${value.value.toLowerCase()}`;
        case "port":
            return `:${value.value}`;
        case "network":
            return blockAround(value, value.length);
        case "present":
        case "principal":
        case "regex":
        case "template":
            return undefined;
        default:
            return value satisfies never;
    }
}

/** What holds for one text or port alone; of a host its beginning with the colon before a port counts as that. */
function isWhole(key: string): boolean {
    return key.startsWith("=") || key.startsWith(":");
}

/** Under which keys something stands that covers a value. */
function coveringKeys(value: ValueTest): readonly string[] {
    if (value.kind === "network") return Array.from({ length: value.length + 1 }, (_, length) => blockAround(value, length));
    if (value.kind === "port") return [`:${value.value}`];
    if (value.kind !== "exact" && value.kind !== "prefix" && value.kind !== "suffix" && value.kind !== "template") return [];
    const text = value.value.toLowerCase();
    const beginnings = Array.from({ length: text.length + 1 }, (_, end) => `^${text.slice(0, end)}`);
    const ends = Array.from({ length: text.length + 1 }, (_, start) => `$${text.slice(start)}`);
    switch (value.kind) {
        case "exact":
            return [`=${text}`, ...beginnings, ...ends];
        case "prefix":
        case "template":
            return beginnings;
        case "suffix":
            return ends;
        default:
            return value satisfies never;
    }
}
