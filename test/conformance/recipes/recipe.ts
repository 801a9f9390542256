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

/** Puts text before or behind the first place that has a text. */
export const behind =
    (anchor: string, added: string) =>
    (text: string): string => {
        const at = text.indexOf(anchor);
        if (at === -1) throw new Error(`there is no ${JSON.stringify(anchor)}`);
        return text.slice(0, at + anchor.length) + added + text.slice(at + anchor.length);
    };
export const before =
    (anchor: string, added: string) =>
    (text: string): string => {
        const at = text.indexOf(anchor);
        if (at === -1) throw new Error(`there is no ${JSON.stringify(anchor)}`);
        return text.slice(0, at) + added + text.slice(at);
    };
export const beforeLast =
    (anchor: string, added: string) =>
    (text: string): string => {
        const at = text.lastIndexOf(anchor);
        if (at === -1) throw new Error(`there is no ${JSON.stringify(anchor)}`);
        return text.slice(0, at) + added + text.slice(at);
    };
export const file = (text: string) => (): string => text;
