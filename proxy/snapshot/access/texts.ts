/** Values that a text may have, compiled: an integer to switch on and what to compare with. Hot path: no allocation. */
import type { RE2JS } from "re2js";
import type { ValueTestEntry } from "../../tables";
import { compilePattern, simplePattern } from "../match/patterns";
import { bindTemplate, matchesTemplate, type PathTemplate } from "./path-template";

const EXACT = 0;
const PREFIX = 1;
const SUFFIX = 2;
const PRESENT = 3;
const CONTAINS = 4;
const REGEX = 5;
const TEMPLATE = 6;

interface TextValue {
    readonly kind: typeof EXACT | typeof PREFIX | typeof SUFFIX | typeof PRESENT | typeof CONTAINS | typeof REGEX | typeof TEMPLATE;
    /** In small letters where it is compared whatever the case. */
    readonly value: string;
    readonly ignoreCase: boolean;
    readonly regex: RE2JS | undefined;
    readonly template: PathTemplate | undefined;
}

/** One of them fits. */
export interface BoundTexts {
    readonly values: readonly TextValue[];
    /** Exact values, where they are many: in small letters those that are compared whatever the case. */
    readonly many: ReadonlySet<string> | undefined;
    readonly manyFolded: ReadonlySet<string> | undefined;
}

/** From so many on exact values are looked up. */
const MANY = 8;

export type ComparedText = Extract<ValueTestEntry, { kind: "exact" | "prefix" | "suffix" | "present" | "regex" | "template" }>;

/** `text`: how a text of the configuration stands in what is compared. Throws for a pattern that can't be compiled. */
export function bindTexts(tests: readonly ComparedText[], text: (value: string) => string): BoundTexts {
    const values = tests.map((test) => bindValue(test, text));
    const exact = values.filter(({ kind, ignoreCase }) => kind === EXACT && !ignoreCase);
    const folded = values.filter(({ kind, ignoreCase }) => kind === EXACT && ignoreCase);
    const setOf = (some: readonly TextValue[]): ReadonlySet<string> | undefined =>
        some.length < MANY ? undefined : new Set(some.map(({ value }) => value));
    const [many, manyFolded] = [setOf(exact), setOf(folded)];
    return {
        many,
        manyFolded,
        values: values.filter(({ kind, ignoreCase }) => kind !== EXACT || (ignoreCase ? manyFolded : many) === undefined),
    };
}

function bindValue(test: ComparedText, text: (value: string) => string): TextValue {
    switch (test.kind) {
        case "exact":
            return valueOf(EXACT, text(test.value), test.ignoreCase);
        case "prefix":
            return valueOf(PREFIX, text(test.value), test.ignoreCase);
        case "suffix":
            return valueOf(SUFFIX, text(test.value), test.ignoreCase);
        case "present":
            return valueOf(PRESENT, "");
        case "regex":
            return bindRegex(text(test.value));
        case "template":
            return { ...valueOf(TEMPLATE, test.value), template: bindTemplate(text(test.value)) };
        default:
            return test satisfies never;
    }
}

function valueOf(kind: TextValue["kind"], value: string, ignoreCase = false): TextValue {
    return { kind, value: ignoreCase ? value.toLowerCase() : value, ignoreCase, regex: undefined, template: undefined };
}

/** `.*\/ns/shop/.*` is how Istio looks for a namespace in a name. */
const CONTAINED = /^\.\*([A-Za-z0-9/_:-]+)\.\*$/;

function bindRegex(pattern: string): TextValue {
    const [, contained] = CONTAINED.exec(pattern) ?? [];
    if (contained !== undefined) return valueOf(CONTAINS, contained);
    const simple = simplePattern(pattern);
    if (simple === undefined) return { ...valueOf(REGEX, pattern), regex: compilePattern(pattern) };
    return valueOf(simple.kind === "exact" ? EXACT : PREFIX, simple.value);
}

export function fitsText(texts: BoundTexts, text: string): boolean {
    if (texts.many?.has(text) === true) return true;
    if (texts.manyFolded?.has(text.toLowerCase()) === true) return true;
    const { values } = texts;
    for (let at = 0; at < values.length; at++) if (fits(values[at]!, text)) return true;
    return false;
}

function fits({ kind, value, ignoreCase, regex, template }: TextValue, text: string): boolean {
    const compared = ignoreCase ? text.toLowerCase() : text;
    switch (kind) {
        case EXACT:
            return compared === value;
        case PREFIX:
            return compared.startsWith(value);
        case SUFFIX:
            return compared.endsWith(value);
        case PRESENT:
            return text !== "";
        case CONTAINS:
            return text.includes(value) && !text.includes("\n");
        case REGEX:
            return regex!.testExact(text);
        case TEMPLATE:
            return matchesTemplate(template!, text);
        default:
            return kind satisfies never;
    }
}
