/** The tokens of a CEL expression, and what is wrong with a single one. */
const TOKEN = new RegExp(
    [
        String.raw`(?:[\t \r\n\f]+|//[^\n]*)+`,
        String.raw`([bB]?[rR](?:"""[^]*?"""|'''[^]*?'''|"[^"\n\r]*"|'[^'\n\r]*')` +
            String.raw`|[bB]?(?:"""(?:\\[^]|[^\\])*?"""|'''(?:\\[^]|[^\\])*?'''|"(?:\\.|[^"\\\n\r])*"|'(?:\\.|[^'\\\n\r])*')` +
            String.raw`|0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?|[A-Za-z_]\w*|` +
            "`[A-Za-z0-9_./ -]+`" +
            ")",
        String.raw`(&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]{}])`,
    ].join("|"),
    "y",
);
const ESCAPE =
    /\\(?:[abfnrtv"'`?\\]|x[0-9a-fA-F]{2}|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U(?:0000(?![dD][89a-fA-F])|000[1-9a-fA-F]|0010)[0-9a-fA-F]{4}|[0-3][0-7]{2})/g;

export interface Token {
    readonly text: string;
    readonly at: number;
    readonly isValue: boolean;
}

export class CelError extends Error {}

export function tokensOf(expression: string): Token[] {
    const tokens: Token[] = [];
    for (let at = 0; at < expression.length; ) {
        TOKEN.lastIndex = at;
        const found = TOKEN.exec(expression);
        if (!found) {
            throw new CelError(`nothing begins with the character at ${at + 1}`);
        }
        const [all, value, operator] = found;
        const text = value ?? operator;
        if (text !== undefined) {
            tokens.push({ text, at: at + 1, isValue: value !== undefined });
        }
        if (value !== undefined) {
            checkEscapes(value, at + 1);
        }
        at += all.length;
    }
    return tokens;
}

function checkEscapes(literal: string, at: number): void {
    const [quoted, prefix = ""] = /^([bBrR]*)["']/.exec(literal) ?? [];
    if (
        quoted !== undefined &&
        !/r/i.test(prefix) &&
        literal.replace(ESCAPE, (escape) => (prefix !== "" && /^\\u/i.test(escape) ? escape : "")).includes("\\")
    ) {
        throw new CelError(`the text at ${at} has an unknown escape; write \`\\\\\` for a backslash`);
    }
}

/** Numbers are of 64 bits. */
export function checkNumber({ text, at }: Token, negative: boolean): void {
    if (!/^[.\d]/.test(text)) {
        return;
    }
    const isDecimal = !/^0x/i.test(text) && /[.eE]/.test(text);
    const whole = isDecimal ? 0n : BigInt(text.replace(/[uU]$/, ""));
    const most = /[uU]$/.test(text) ? 2n ** 64n - 1n : negative ? 2n ** 63n : 2n ** 63n - 1n;
    if (isDecimal ? !Number.isFinite(Number(text)) : whole > most) {
        throw new CelError(`the number at ${at} has more than 64 bits`);
    }
}
