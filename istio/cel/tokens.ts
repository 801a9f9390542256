/** The words of a CEL expression (the language's own syntax: https://github.com/google/cel-spec, doc/langdef.md). */

export type CelToken =
    | { readonly kind: "int" | "uint" | "double"; readonly text: string; readonly value: number; readonly at: number }
    | { readonly kind: "string" | "bytes"; readonly text: string; readonly value: string; readonly at: number }
    | { readonly kind: "name" | "sign" | "end"; readonly text: string; readonly at: number };

/** Where and why an expression is none. */
export class CelFault extends Error {}

const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)+/y;
const NUMBER = /0x[0-9a-fA-F]+u?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+u?/y;
const NAME = /[A-Za-z_]\w*|`[A-Za-z0-9_.\-/ ]+`/y;
const SIGN = /&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()[\]{}]/y;
const PREFIX = /[bBrR]{0,2}(?="|')/y;

export function celTokens(source: string): readonly CelToken[] {
    const tokens: CelToken[] = [];
    let at = 0;
    const take = (pattern: RegExp): string | undefined => {
        pattern.lastIndex = at;
        const found = pattern.exec(source)?.[0];
        if (found !== undefined) at += found.length;
        return found;
    };
    for (;;) {
        take(SPACE);
        const from = at;
        if (at >= source.length) break;
        const prefix = take(PREFIX);
        if (prefix !== undefined) {
            const quoted = quotedAt(source, at, prefix.toLowerCase().includes("r"));
            at = quoted.end;
            const isBytes = prefix.toLowerCase().includes("b");
            tokens.push({ kind: isBytes ? "bytes" : "string", text: source.slice(from, at), value: quoted.text, at: from });
            continue;
        }
        const number = take(NUMBER);
        if (number !== undefined) {
            tokens.push(numberToken(number, from));
            continue;
        }
        const name = take(NAME);
        if (name !== undefined) {
            tokens.push({ kind: "name", text: name.startsWith("`") ? name.slice(1, -1) : name, at: from });
            continue;
        }
        const sign = take(SIGN);
        if (sign === undefined) throw new CelFault(`${JSON.stringify(source.charAt(at))} at ${at + 1} is nothing of CEL`);
        tokens.push({ kind: "sign", text: sign, at: from });
    }
    tokens.push({ kind: "end", text: "the end", at: source.length });
    return tokens;
}

function numberToken(text: string, at: number): CelToken {
    const kind = text.endsWith("u") ? "uint" : /^0x/.test(text) || /^\d+$/.test(text) ? "int" : "double";
    const value = Number(kind === "uint" ? text.slice(0, -1) : text);
    if (kind !== "double" && !Number.isSafeInteger(value)) throw new CelFault(`${text} is too large a number`);
    return { kind, text, value, at };
}

const ESCAPES: Readonly<Record<string, string>> = {
    a: "\x07",
    b: "\b",
    f: "\f",
    n: "\n",
    r: "\r",
    t: "\t",
    v: "\v",
    "\\": "\\",
    "?": "?",
    '"': '"',
    "'": "'",
    "`": "`",
};
const CODES = /[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})/y;

function quotedAt(source: string, from: number, isRaw: boolean): { readonly text: string; readonly end: number } {
    const one = source.charAt(from);
    const quote = source.startsWith(one.repeat(3), from) ? one.repeat(3) : one;
    let text = "";
    for (let at = from + quote.length; at < source.length; ) {
        if (source.startsWith(quote, at)) return { text, end: at + quote.length };
        const character = source.charAt(at);
        if (quote.length === 1 && (character === "\n" || character === "\r")) break;
        if (character !== "\\" || isRaw) {
            text += character;
            at++;
            continue;
        }
        const next = source.charAt(at + 1);
        const plain = Object.hasOwn(ESCAPES, next) ? ESCAPES[next] : undefined;
        if (plain !== undefined) {
            text += plain;
            at += 2;
            continue;
        }
        CODES.lastIndex = at + 1;
        const found = CODES.exec(source);
        if (found === null) throw new CelFault(`\\${next} at ${at + 1} is no escape of CEL`);
        const code = found[4] === undefined ? Number.parseInt(found[1] ?? found[2] ?? found[3] ?? "", 16) : Number.parseInt(found[4], 8);
        if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new CelFault(`\\${found[0]} is no character`);
        text += String.fromCodePoint(code);
        at += 1 + found[0].length;
    }
    throw new CelFault(`the text that begins at ${from + 1} has no end`);
}
