/** What a recipe of CONTRIBUTING.md is to the test that follows it. */
import type { Edit } from "./copy";

export interface Step extends Edit {
    /** As CONTRIBUTING.md has it: `policy/checks/<name>.ts`. */
    readonly place: string;
    /** What is said when this step alone was forgotten, and by whom: it names what is missing. */
    readonly missed: RegExp;
}

export interface Recipe {
    /** As CONTRIBUTING.md has it: `a message`. */
    readonly what: string;
    readonly steps: readonly Step[];
    /** Files that the compiler is asked about beside the changed ones: they say what an untouched file would. */
    readonly compile?: readonly string[];
    /** Tests that hold the rest together: their file and title. */
    readonly tests?: readonly (readonly [file: string, title: string])[];
}

type Change = Edit["change"];

/** `at`: where the anchor stands, which gives way to `by`. */
function replaced(text: string, anchor: string, at: number, by: string): string {
    if (at === -1) throw new Error(`there is no ${JSON.stringify(anchor)}`);
    return text.slice(0, at) + by + text.slice(at + anchor.length);
}

/** Puts text before or behind the first place that has a text, or before the last one. */
export const behind =
    (anchor: string, added: string): Change =>
    (text) =>
        replaced(text, anchor, text.indexOf(anchor), anchor + added);
export const before =
    (anchor: string, added: string): Change =>
    (text) =>
        replaced(text, anchor, text.indexOf(anchor), added + anchor);
export const beforeLast =
    (anchor: string, added: string): Change =>
    (text) =>
        replaced(text, anchor, text.lastIndexOf(anchor), added + anchor);
export const file = (text: string) => (): string => text;
/** One change after the other. */
export const each =
    (...changes: readonly Change[]): Change =>
    (text) =>
        changes.reduce((changed, change) => change(changed), text);
