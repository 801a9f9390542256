/** Istio's StringMatch, compiled: an integer to switch on and what to compare with. */
import type { RE2JS } from "re2js";
import type { StringMatchEntry } from "../../tables";
import { wireText } from "../../../istio/wire-text";
import { compilePattern, simplePattern } from "./patterns";

export const EXACT = 0;
export const PREFIX = 1;
export const REGEX = 2;
export const PRESENT = 3;

export interface BoundStringMatch {
    readonly kind: typeof EXACT | typeof PREFIX | typeof REGEX | typeof PRESENT;
    readonly value: string;
    readonly regex: RE2JS | undefined;
}

/** Throws on a pattern that does not compile. */
export function bindStringMatch(entry: StringMatchEntry): BoundStringMatch {
    switch (entry.kind) {
        case "exact":
            return { kind: EXACT, value: wireText(entry.value), regex: undefined };
        case "prefix":
            return { kind: PREFIX, value: wireText(entry.value), regex: undefined };
        case "present":
            return { kind: PRESENT, value: "", regex: undefined };
        case "regex":
            return bindPattern(wireText(entry.value));
        default:
            return entry satisfies never;
    }
}

export function bindPattern(pattern: string): BoundStringMatch {
    const simple = simplePattern(pattern);
    if (simple === undefined) return { kind: REGEX, value: pattern, regex: compilePattern(pattern) };
    if (simple.kind === "exact") return { kind: EXACT, value: simple.value, regex: undefined };
    return { kind: simple.value === "" ? PRESENT : PREFIX, value: simple.value, regex: undefined };
}

/** `text`: what is there; something absent never comes here. */
export function matchesString(match: BoundStringMatch, text: string): boolean {
    switch (match.kind) {
        case EXACT:
            return text === match.value;
        case PREFIX:
            return text.startsWith(match.value);
        case REGEX:
            return match.regex!.testExact(text);
        case PRESENT:
            return true;
        default:
            return match.kind satisfies never;
    }
}
