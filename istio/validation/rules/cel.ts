/**
 * Whether a CEL expression is well formed, by the grammar of the language. Names and types are checked where expressions
 * are compiled.
 */
import { CelError, checkNumber, tokensOf, type Token } from "./cel-tokens";

/** Words that name nothing by themselves; as a field's name only the last four are refused. */
const RESERVED: readonly string[] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
    "true",
    "false",
    "null",
    "in",
];
const KEYWORDS = RESERVED.slice(-4);
/** Macros that name a variable first, with how many arguments they take. */
const MACROS: ReadonlyMap<string, readonly number[]> = new Map([
    ["all", [2]],
    ["exists", [2]],
    ["exists_one", [2]],
    ["filter", [2]],
    ["map", [2, 3]],
]);
const MAX_LENGTH = 10_000;
/** Of operators or fields in a row, as of parentheses in each other. */
const MAX_DEPTH = 250;

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

/** What an argument is, as far as macros ask. */
type Shape = "name" | "field" | "other";

/** The grammar of the CEL specification, from the weakest operator to the strongest. */
class CelGrammar {
    readonly #tokens: readonly Token[];
    #at = 0;
    #depth = 0;

    constructor(tokens: readonly Token[]) {
        this.#tokens = tokens;
    }

    whole(): void {
        this.#expression();
        const rest = this.#tokens[this.#at];
        if (rest) {
            throw new CelError(
                rest.isValue
                    ? `an operator is missing before the character at ${rest.at}`
                    : `${shown(rest)} at ${rest.at} stands where nothing is expected`,
            );
        }
    }

    #expression(): Shape {
        this.#depth += 1;
        if (this.#depth > MAX_DEPTH) {
            throw new CelError("it is nested too deeply");
        }
        let shape = this.#binary(0);
        if (this.#takes("?")) {
            this.#binary(0);
            this.#expect(":");
            this.#expression();
            shape = "other";
        }
        this.#depth -= 1;
        return shape;
    }

    #binary(level: number): Shape {
        const operators = LEVELS[level];
        if (operators === undefined) {
            return this.#unary();
        }
        let shape = this.#binary(level + 1);
        for (let count = 1; operators.includes(this.#tokens[this.#at]?.text ?? ""); count += 1) {
            this.#at += 1;
            this.#binary(level + 1);
            shape = "other";
            if (level > 1) {
                this.#countChain(count);
            }
        }
        return shape;
    }

    #countChain(count: number): void {
        if (count > MAX_DEPTH) {
            throw new CelError(`more than ${MAX_DEPTH} operators or fields follow each other`);
        }
    }

    /** Any number of one of them; a minus may belong to a number. */
    #unary(): Shape {
        const operator = ["!", "-"].find((one) => this.#takes(one));
        let count = operator === undefined ? 0 : 1;
        while (operator !== undefined && this.#takes(operator)) {
            count += 1;
        }
        const shape = this.#member(operator === "-" && count === 1);
        return count > 0 ? "other" : shape;
    }

    #member(negative: boolean): Shape {
        const [name, first] = this.#primary(negative);
        let shape = first;
        let isMethod = false;
        for (let last = name, count = 1; ; count += 1) {
            if (this.#takes(".")) {
                last = this.#field();
                isMethod = true;
                shape = "field";
            } else if (this.#takes("[")) {
                this.#expression();
                this.#expect("]");
                last = "";
                shape = "other";
            } else if (last !== "" && this.#takes("(")) {
                this.#call(last, isMethod);
                last = "";
                shape = "other";
                count -= isMethod ? 1 : 0;
            } else if (last !== "" && this.#takes("{")) {
                this.#pairs("}", () => this.#field());
                last = "";
                shape = "other";
            } else {
                return shape;
            }
            this.#countChain(count);
        }
    }

    /** The name that was read, empty for anything else, and what it is. */
    #primary(negative: boolean): readonly [name: string, shape: Shape] {
        if (this.#takes("(")) {
            const shape = this.#expression();
            this.#expect(")");
            return ["", shape];
        }
        if (this.#takes("[")) {
            this.#items("]", () => this.#expression());
            return ["", "other"];
        }
        if (this.#takes("{")) {
            this.#pairs("}", () => this.#expression());
            return ["", "other"];
        }
        if (this.#tokens[this.#at + 1]?.isValue && /^[.\d]/.test(this.#tokens[this.#at + 1]?.text ?? "") && this.#takes("-")) {
            return this.#primary(true);
        }
        const isRooted = this.#takes(".");
        const token = this.#tokens[this.#at];
        const isName = token !== undefined && /^[A-Za-z_]\w*$/.test(token.text);
        const isWord = isName && ["true", "false", "null"].includes(token.text) && !isRooted;
        if (!token?.isValue || token.text.startsWith("`") || (isName && !isWord && RESERVED.includes(token.text))) {
            throw new CelError(
                token ? `${shown(token)} at ${token.at} stands where a value is expected` : "it ends where a value is expected",
            );
        }
        checkNumber(token, negative);
        this.#at += 1;
        return isName && !isWord ? [token.text, "name"] : ["", "other"];
    }

    #field(): string {
        const token = this.#tokens[this.#at];
        if (!token || !/^(?:[A-Za-z_]\w*|`.*`)$/.test(token.text) || KEYWORDS.includes(token.text)) {
            throw new CelError(token ? `${shown(token)} at ${token.at} is no field's name` : "it ends where a field's name is expected");
        }
        this.#at += 1;
        return token.text.startsWith("`") ? "" : token.text;
    }

    #call(name: string, isMethod: boolean): void {
        const at = this.#tokens[this.#at - 2]?.at ?? 1;
        const shapes: Shape[] = [];
        if (!this.#takes(")")) {
            do {
                shapes.push(this.#expression());
            } while (this.#takes(","));
            this.#expect(")");
        }
        if (name === "has" && !isMethod && shapes.length === 1 && shapes[0] !== "field") {
            throw new CelError(`\`has\` at ${at} wants a field, as in \`has(request.headers)\``);
        }
        if (isMethod && MACROS.get(name)?.includes(shapes.length) && shapes[0] !== "name") {
            throw new CelError(`\`${name}\` at ${at} wants the name of a variable first, as in \`list.${name}(item, …)\``);
        }
    }

    #items(end: string, item: () => unknown): void {
        if (this.#takes(",")) {
            this.#expect(end);
            return;
        }
        while (!this.#takes(end)) {
            item();
            if (!this.#takes(",")) {
                this.#expect(end);
                return;
            }
        }
    }

    #pairs(end: string, key: () => unknown): void {
        this.#items(end, () => {
            key();
            this.#expect(":");
            this.#expression();
        });
    }

    #takes(text: string): boolean {
        const token = this.#tokens[this.#at];
        const found = token !== undefined && !token.isValue && token.text === text;
        this.#at += found ? 1 : 0;
        return found;
    }

    #expect(text: string): void {
        if (!this.#takes(text)) {
            const token = this.#tokens[this.#at];
            throw new CelError(
                token ? `${shown(token)} at ${token.at} stands where \`${text}\` is expected` : `\`${text}\` is missing at its end`,
            );
        }
    }
}

/** Of a text that it is one: what a request is compared with may be a password. */
function shown({ text, isValue }: Token): string {
    return isValue && /["']/.test(text) ? "a text" : `\`${text}\``;
}

const LEVELS: readonly (readonly string[])[] = [["||"], ["&&"], ["<", "<=", ">", ">=", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];
