/**
 * Istio's regular expressions: RE2 syntax, full match. A pattern that is only a literal, or a literal before `.*`, is
 * turned into a comparison; everything else runs in re2js, whose time is linear in the input. Patterns come as wire text:
 * like Envoy's, an expression sees bytes, and `.` is one of the two that `ü` is made of.
 */
import { RE2JS } from "re2js";

/** Compiled patterns of this process by their text: a hundred routes with the same expression hold one automaton. */
const compiled = new Map<string, RE2JS>();
/** Beyond it the store is emptied: bound routes hold what they use. */
const MAX_COMPILED = 4096;

/** Throws re2js's own error, which names what is wrong with the pattern. */
export function compilePattern(pattern: string): RE2JS {
    const known = compiled.get(pattern);
    if (known !== undefined) return known;
    const regex = RE2JS.compile(pattern);
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(pattern, regex);
    return regex;
}

export type SimplePattern = { readonly kind: "exact" | "prefix"; readonly value: string };

/** What a pattern means where it means a plain comparison. */
export function simplePattern(pattern: string): SimplePattern | undefined {
    let text = pattern.startsWith("^") ? pattern.slice(1) : pattern;
    if (text.endsWith("$") && !text.endsWith("\\$")) text = text.slice(0, -1);
    // `.` stands for every character but a line break, and neither paths nor header values have one.
    const open = text.endsWith(".*") && !text.endsWith("\\.*");
    if (open) text = text.slice(0, -2);
    const value = literal(text);
    return value === undefined ? undefined : { kind: open ? "prefix" : "exact", value };
}

const PLAIN = /^[A-Za-z0-9 /_~:@,;=&!%#"'<>-]$/;
const ESCAPED = /^[.\\/+*?()[\]{}|^$-]$/;

function literal(text: string): string | undefined {
    let value = "";
    for (let at = 0; at < text.length; at++) {
        const character = text.charAt(at);
        if (PLAIN.test(character)) value += character;
        else if (character === "\\" && ESCAPED.test(text.charAt(at + 1))) value += text.charAt(++at);
        else return undefined;
    }
    return value;
}
