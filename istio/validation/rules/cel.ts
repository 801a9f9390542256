/**
 * Whether a CEL expression is well formed, by the grammar of the language. Names and types are checked where expressions
 * are compiled.
 */
const TOKEN = new RegExp([
    String.raw`(?:\s+|//[^\n]*)+`,
    String.raw`([bBrR]{0,2}(?:"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')` +
        String.raw`|0[xX][0-9a-fA-F]+[uU]?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+[uU]?|[A-Za-z_]\w*|` + "`[A-Za-z0-9_./ -]+`" + ")",
    String.raw`(&&|\|\||[<>=!]=|[-+*/%<>!?:.,()[\]{}])`,
].join("|"), "y");
const ESCAPE = /\\(?:[abfnrtv"'`?\\]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/g;
const MAX_LENGTH = 10_000;
const MAX_DEPTH = 250;

interface Token {
    readonly text: string;
    readonly at: number;
    readonly isValue: boolean;
}

class CelError extends Error {}

export function celFault(expression: string): string | undefined {
    if (expression.trim() === "") {
        return "the filter is empty; wanted a CEL expression such as `response.code >= 400`";
    }
    if (expression.length > MAX_LENGTH) {
        return `the filter has ${expression.length} characters, more than the ${MAX_LENGTH} allowed`;
    }
    try {
        new CelGrammar(tokensOf(expression)).whole();
        return undefined;
    } catch (error) {
        if (error instanceof CelError) {
            return `the filter is no CEL expression: ${error.message}`;
        }
        throw error;
    }
}

function tokensOf(expression: string): Token[] {
    const tokens: Token[] = [];
    for (let at = 0; at < expression.length;) {
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
    const [, prefix = ""] = /^([bBrR]*)["']/.exec(literal) ?? [];
    const quoted = /["']/.test(literal);
    if (quoted && !/r/i.test(prefix) && literal.replace(ESCAPE, "").includes("\\")) {
        throw new CelError(`the text at ${at} has an unknown escape; write \`\\\\\` for a backslash`);
    }
}

/** The grammar of the CEL specification, from the weakest operator to the strongest. */
class CelGrammar {
    private at = 0;
    private depth = 0;

    constructor(private readonly tokens: readonly Token[]) {}

    whole(): void {
        this.expression();
        const rest = this.tokens[this.at];
        if (rest) {
            throw new CelError(rest.isValue ? `an operator is missing before the character at ${rest.at}` : `\`${rest.text}\` at ${rest.at} stands where nothing is expected`);
        }
    }

    private expression(): void {
        this.depth += 1;
        if (this.depth > MAX_DEPTH) {
            throw new CelError("it is nested too deeply");
        }
        this.binary(0);
        if (this.takes("?")) {
            this.binary(0);
            this.expect(":");
            this.expression();
        }
        this.depth -= 1;
    }

    private binary(level: number): void {
        const operators = LEVELS[level];
        if (operators === undefined) {
            this.unary();
            return;
        }
        this.binary(level + 1);
        while (operators.includes(this.tokens[this.at]?.text ?? "")) {
            this.at += 1;
            this.binary(level + 1);
        }
    }

    private unary(): void {
        while (this.takes("!") || this.takes("-")) {
            // Any number of one of them.
        }
        this.member();
    }

    private member(): void {
        const name = this.primary();
        for (let last = name; ;) {
            if (this.takes(".")) {
                last = this.field();
            } else if (this.takes("[")) {
                this.expression();
                this.expect("]");
                last = "";
            } else if (last !== "" && this.takes("(")) {
                this.call(last);
                last = "";
            } else if (last !== "" && this.takes("{")) {
                this.pairs("}", () => this.field());
                last = "";
            } else {
                return;
            }
        }
    }

    /** The name that was read; empty for anything else. */
    private primary(): string {
        if (this.takes("(")) {
            this.expression();
            this.expect(")");
            return "";
        }
        if (this.takes("[")) {
            this.items("]");
            return "";
        }
        if (this.takes("{")) {
            this.pairs("}", () => this.expression());
            return "";
        }
        this.takes(".");
        const token = this.tokens[this.at];
        if (!token?.isValue || token.text.startsWith("`") || token.text === "in") {
            throw new CelError(token ? `\`${token.text}\` at ${token.at} stands where a value is expected` : "it ends where a value is expected");
        }
        this.at += 1;
        return /^[A-Za-z_]\w*$/.test(token.text) && !["true", "false", "null"].includes(token.text) ? token.text : "";
    }

    private field(): string {
        const token = this.tokens[this.at];
        if (!token || !/^(?:[A-Za-z_]\w*|`.*`)$/.test(token.text)) {
            throw new CelError(token ? `\`${token.text}\` at ${token.at} is no field's name` : "it ends where a field's name is expected");
        }
        this.at += 1;
        return token.text.startsWith("`") ? "" : token.text;
    }

    private call(name: string): void {
        const first = this.at;
        if (!this.takes(")")) {
            do {
                this.expression();
            } while (this.takes(","));
            this.expect(")");
        }
        // The macro looks at a field, and the last of its tokens is that field's name.
        if (name === "has" && this.tokens[this.at - 3]?.text !== ".") {
            throw new CelError(`\`has\` at ${this.tokens[first - 2]?.at ?? 1} wants a field, as in \`has(request.headers)\``);
        }
    }

    private items(end: string): void {
        while (!this.takes(end)) {
            this.expression();
            if (!this.takes(",")) {
                this.expect(end);
                return;
            }
        }
    }

    private pairs(end: string, key: () => unknown): void {
        while (!this.takes(end)) {
            key();
            this.expect(":");
            this.expression();
            if (!this.takes(",")) {
                this.expect(end);
                return;
            }
        }
    }

    private takes(text: string): boolean {
        const token = this.tokens[this.at];
        const found = token !== undefined && !token.isValue && token.text === text;
        this.at += found ? 1 : 0;
        return found;
    }

    private expect(text: string): void {
        if (!this.takes(text)) {
            const token = this.tokens[this.at];
            throw new CelError(token ? `\`${token.text}\` at ${token.at} stands where \`${text}\` is expected` : `\`${text}\` is missing at its end`);
        }
    }
}

const LEVELS: readonly (readonly string[])[] = [["||"], ["&&"], ["<", "<=", ">", ">=", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];
