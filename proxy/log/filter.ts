/**
 * The filter of an access log: a CEL expression over one finished request or connection, compiled once to a function for
 * each of the two. What is understood is what filters are made of: comparisons, `&&`, `||`, `!`, `in`, `has`, `startsWith`,
 * `endsWith`, `contains` over the known attributes. As in CEL an attribute that is not there is an error, and what ends the
 * filter in an error is not logged; `&&` and `||` forgive an error on one side that the other side decides.
 */
import { wireText } from "../../istio/wire-text";
import type { ConnectionRecord, RequestRecord } from "../telemetry";
import { OF_CONNECTIONS, OF_REQUESTS, type Expression, type Reader, type AttributeValue } from "./filter-attributes";

/** Whether it is logged. */
export interface Filter {
    readonly request: (record: RequestRecord) => boolean;
    readonly connection: (record: ConnectionRecord) => boolean;
}

/** The filter, or what is not understood. */
export function compileFilter(source: string): Filter | string {
    try {
        const request = new Parser(source, OF_REQUESTS).parse();
        const connection = new Parser(source, OF_CONNECTIONS).parse();
        return { request: (record) => request(record) === true, connection: (record) => connection(record) === true };
    } catch (error) {
        if (error instanceof FilterError) return error.message;
        throw error;
    }
}

class FilterError extends Error {}

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|([A-Za-z_][A-Za-z_0-9]*)|(&&|\|\||==|!=|<=|>=|[-<>!()[\],.]))/y;
const MAX_DEPTH = 50;
/** Each sign is one call deeper when the filter runs. */
const MAX_TOKENS = 1000;

class Parser<Logged> {
    readonly #reader: Reader<Logged>;
    readonly #tokens: { readonly kind: "text" | "number" | "name" | "sign" | "end"; readonly text: string }[] = [];
    #at = 0;
    #depth = 0;

    constructor(source: string, reader: Reader<Logged>) {
        this.#reader = reader;
        const text = source.trimEnd();
        TOKEN.lastIndex = 0;
        while (TOKEN.lastIndex < text.length) {
            if (this.#tokens.length === MAX_TOKENS) throw new FilterError("too long");
            const start = TOKEN.lastIndex;
            const match = TOKEN.exec(text);
            if (!match) throw new FilterError(`not understood from ${JSON.stringify(text.slice(start, start + 20))} on`);
            if (match[1] !== undefined) this.#tokens.push({ kind: "text", text: unquote(match[1]) });
            else if (match[2] !== undefined) this.#tokens.push({ kind: "number", text: match[2] });
            else if (match[3] !== undefined) this.#tokens.push({ kind: "name", text: match[3] });
            else this.#tokens.push({ kind: "sign", text: match[4]! });
        }
    }

    parse(): Expression<Logged> {
        const expression = this.#or();
        if (this.#next.kind !== "end") throw new FilterError(`${JSON.stringify(this.#next.text)} where the end should be`);
        return expression;
    }

    get #next(): { readonly kind: string; readonly text: string } {
        return this.#tokens[this.#at] ?? { kind: "end", text: "the end" };
    }

    #take(sign: string): boolean {
        if (this.#next.kind === "text" || this.#next.text !== sign) return false;
        this.#at++;
        return true;
    }

    #want(sign: string): void {
        if (!this.#take(sign)) throw new FilterError(`${JSON.stringify(this.#next.text)} where ${sign} should be`);
    }

    #or(): Expression<Logged> {
        if (++this.#depth > MAX_DEPTH) throw new FilterError("nested too deeply");
        let left = this.#and();
        while (this.#take("||")) left = either(left, this.#and(), true);
        this.#depth--;
        return left;
    }

    #and(): Expression<Logged> {
        let left = this.#relation();
        while (this.#take("&&")) left = either(left, this.#relation(), false);
        return left;
    }

    #relation(): Expression<Logged> {
        const left = this.#unary();
        for (const sign of ["==", "!=", "<=", ">=", "<", ">", "in"]) {
            if (this.#take(sign)) return compare(sign, left, this.#unary());
        }
        return left;
    }

    #unary(): Expression<Logged> {
        if (this.#take("!")) {
            const inner = this.#unaryDeep();
            return (record) => {
                const value = inner(record);
                return typeof value === "boolean" ? !value : undefined;
            };
        }
        if (this.#take("-")) {
            const token = this.#next;
            if (token.kind !== "number") throw new FilterError("- stands before numbers only");
            this.#at++;
            return constant(-Number(token.text));
        }
        return this.#methods(this.#primary());
    }

    #unaryDeep(): Expression<Logged> {
        if (++this.#depth > MAX_DEPTH) throw new FilterError("nested too deeply");
        const inner = this.#unary();
        this.#depth--;
        return inner;
    }

    #primary(): Expression<Logged> {
        const token = this.#next;
        if (this.#take("(")) {
            const inner = this.#or();
            this.#want(")");
            return inner;
        }
        if (this.#take("[")) return this.#list();
        this.#at++;
        switch (token.kind) {
            // As the values it is compared with: bytes of UTF-8.
            case "text":
                return constant(wireText(token.text));
            case "number":
                return constant(Number(token.text));
            case "name":
                if (token.text === "true" || token.text === "false") return constant(token.text === "true");
                if (token.text === "has") return this.#has();
                return this.#attribute(token.text);
            default:
                throw new FilterError(`${JSON.stringify(token.text)} where a value should be`);
        }
    }

    #list(): Expression<Logged> {
        const items: Expression<Logged>[] = [];
        while (!this.#take("]")) {
            if (items.length > 0) this.#want(",");
            items.push(this.#or());
        }
        return (record) => items.map((item) => item(record));
    }

    #has(): Expression<Logged> {
        this.#want("(");
        const token = this.#next;
        this.#at++;
        const attribute = this.#attribute(token.text);
        this.#want(")");
        return (record) => attribute(record) !== undefined;
    }

    #attribute(first: string): Expression<Logged> {
        this.#want(".");
        const name = `${first}.${this.#next.text}`;
        this.#at++;
        const headers = this.#reader.headers(name);
        if (headers) return this.#header(headers);
        const attribute = this.#reader.attribute(name);
        if (!attribute) throw new FilterError(`${name} is not known`);
        return attribute;
    }

    /** `request.headers["x"]`, `request.headers.x`. */
    #header(headers: (name: string) => Expression<Logged>): Expression<Logged> {
        const indexed = this.#take("[");
        if (!indexed) this.#want(".");
        const token = this.#next;
        if (token.kind !== (indexed ? "text" : "name"))
            throw new FilterError(`${JSON.stringify(token.text)} where a header's name should be`);
        this.#at++;
        if (indexed) this.#want("]");
        return headers(token.text.toLowerCase());
    }

    #methods(target: Expression<Logged>): Expression<Logged> {
        let value = target;
        while (this.#take(".")) {
            const method = Object.hasOwn(METHODS, this.#next.text) ? METHODS[this.#next.text] : undefined;
            if (!method) throw new FilterError(`${this.#next.text}() is not known`);
            this.#at++;
            this.#want("(");
            const argument = this.#or();
            this.#want(")");
            const inner = value;
            value = (record) => {
                const text = inner(record);
                const other = argument(record);
                return typeof text === "string" && typeof other === "string" ? method(text, other) : undefined;
            };
        }
        return value;
    }
}

const METHODS: Readonly<Record<string, (text: string, other: string) => boolean>> = {
    startsWith: (text, other) => text.startsWith(other),
    endsWith: (text, other) => text.endsWith(other),
    contains: (text, other) => text.includes(other),
};

function constant(value: AttributeValue): () => AttributeValue {
    return () => value;
}

/** `||` when `decides` is true, `&&` when it is false. */
function either<Logged>(left: Expression<Logged>, right: Expression<Logged>, decides: boolean): Expression<Logged> {
    return (record) => {
        const a = left(record);
        if (a === decides) return decides;
        const b = right(record);
        if (b === decides) return decides;
        return a === !decides && b === !decides ? !decides : undefined;
    };
}

function compare<Logged>(sign: string, left: Expression<Logged>, right: Expression<Logged>): Expression<Logged> {
    return (record) => {
        const a = left(record);
        const b = right(record);
        if (a === undefined || b === undefined) return undefined;
        if (sign === "in") return Array.isArray(b) ? b.includes(a) : undefined;
        if (typeof a !== typeof b || typeof a === "object") return undefined;
        switch (sign) {
            case "==":
                return a === b;
            case "!=":
                return a !== b;
            case "<":
                return a < b;
            case "<=":
                return a <= b;
            case ">":
                return a > b;
            default:
                return a >= b;
        }
    };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unquote(token: string): string {
    return token.slice(1, -1).replace(/\\(.)/g, (_whole, character: string) => ESCAPES[character] ?? character);
}
