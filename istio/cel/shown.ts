/**
 * An expression as it may be shown to whoever does not own it: what a request is compared with may be a password. Texts in the
 * brackets of an index are names, of headers as a rule, and stay.
 */
import { CelFault, celTokens, type CelToken } from "./tokens";

/** With `instead` for each text; for the whole, where it can't be cut into tokens. */
export function withoutCelTexts(expression: string, instead: string): string {
    let tokens: readonly CelToken[];
    try {
        tokens = celTokens(expression);
    } catch (error) {
        if (error instanceof CelFault) return instead;
        throw error;
    }
    let shown = "";
    let end = 0;
    for (const [index, { kind, at, text }] of tokens.entries()) {
        const between = expression.slice(end, at);
        shown += between.includes("//") ? " " : between;
        if (kind === "end") break;
        end = at + text.length + (expression.charAt(at) === "`" ? 2 : 0);
        shown += (kind === "string" || kind === "bytes") && !isIndex(tokens, index) ? instead : expression.slice(at, end);
    }
    return shown;
}

const MOST_SHOWN = 200;

/** In a message: quoted, short, and without texts. */
export function shownCel(expression: string): string {
    const text = withoutCelTexts(expression, "'…'");
    return JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text);
}

const INDEXED: ReadonlySet<string> = new Set([")", "]", "}"]);

/** `headers["x-team"]`, and not `in ["x", "y"]`. */
function isIndex(tokens: readonly CelToken[], index: number): boolean {
    const [before, open, close] = [tokens[index - 2], tokens[index - 1], tokens[index + 1]];
    if (before === undefined || open?.text !== "[" || close?.text !== "]") return false;
    return before.kind === "name" ? before.text !== "in" : before.kind === "sign" && INDEXED.has(before.text);
}
