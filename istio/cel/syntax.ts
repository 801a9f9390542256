/** A CEL expression as a tree. Of the macros `has` is known; those that walk over lists Envoy does not take. */
import { CelFault, celTokens, type CelToken } from "./tokens";

export type Binary = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "%";

export type CelTree =
    | { readonly node: "value"; readonly kind: "int" | "uint" | "double"; readonly value: number }
    | { readonly node: "value"; readonly kind: "string" | "bytes"; readonly value: string }
    | { readonly node: "value"; readonly kind: "bool"; readonly value: boolean }
    | { readonly node: "value"; readonly kind: "null" }
    | { readonly node: "name"; readonly name: string }
    | { readonly node: "select"; readonly of: CelTree; readonly field: string }
    | { readonly node: "has"; readonly of: CelTree; readonly field: string }
    | { readonly node: "index"; readonly of: CelTree; readonly at: CelTree }
    | { readonly node: "call"; readonly target: CelTree | undefined; readonly name: string; readonly args: readonly CelTree[] }
    | { readonly node: "not" | "minus"; readonly of: CelTree }
    | { readonly node: "binary"; readonly sign: Binary; readonly left: CelTree; readonly right: CelTree }
    | { readonly node: "choice"; readonly test: CelTree; readonly yes: CelTree; readonly no: CelTree }
    | { readonly node: "list"; readonly items: readonly CelTree[] }
    | { readonly node: "map"; readonly entries: readonly (readonly [CelTree, CelTree])[] };

/** Deeper than that nobody writes, and the stack ends somewhere. */
const MAX_DEPTH = 100;
const MAX_LENGTH = 16_384;
const RELATIONS: readonly Binary[] = ["==", "!=", "<=", ">=", "<", ">", "in"];
const WALKS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);
const RESERVED: ReadonlySet<string> = new Set(
    "as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

/** Throws CelFault. */
export function parseCel(source: string): CelTree {
    if (source.length > MAX_LENGTH) throw new CelFault(`it has more than ${MAX_LENGTH} characters`);
    return new Parser(celTokens(source)).whole();
}

class Parser {
    readonly #tokens: readonly CelToken[];
    #at = 0;
    #depth = 0;

    constructor(tokens: readonly CelToken[]) {
        this.#tokens = tokens;
    }

    whole(): CelTree {
        const tree = this.#expression();
        if (this.#next.kind !== "end") throw this.#unexpected("the end");
        return tree;
    }

    get #next(): CelToken {
        return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]!;
    }

    #unexpected(wanted: string): CelFault {
        const { kind, text, at } = this.#next;
        if (kind === "end") return new CelFault(`it ends where ${wanted} should be`);
        // What a request is compared with may be a password.
        const found = kind === "string" || kind === "bytes" ? "a text" : JSON.stringify(text);
        return new CelFault(`${found} at ${at + 1} where ${wanted} should be`);
    }

    #take(sign: string): boolean {
        const { kind, text } = this.#next;
        if (text !== sign || (kind !== "sign" && !(kind === "name" && sign === "in"))) return false;
        this.#at++;
        return true;
    }

    #want(sign: string): void {
        if (!this.#take(sign)) throw this.#unexpected(sign);
    }

    #expression(): CelTree {
        if (++this.#depth > MAX_DEPTH) throw new CelFault("it is nested too deeply");
        let tree = this.#logical();
        if (this.#take("?")) {
            const yes = this.#logical();
            this.#want(":");
            tree = { node: "choice", test: tree, yes, no: this.#expression() };
        }
        this.#depth--;
        return tree;
    }

    #logical(): CelTree {
        return this.#balanced("||", () => this.#balanced("&&", () => this.#relation()));
    }

    /** It is the same in whatever order; a row of thousands is a tree that is not deep. */
    #balanced(sign: "||" | "&&", inner: () => CelTree): CelTree {
        let row = [inner()];
        while (this.#take(sign)) row.push(inner());
        while (row.length > 1) {
            const pairs: CelTree[] = [];
            for (let at = 0; at < row.length; at += 2) {
                const [left, right] = [row[at]!, row[at + 1]];
                pairs.push(right === undefined ? left : { node: "binary", sign, left, right });
            }
            row = pairs;
        }
        return row[0]!;
    }

    #relation(): CelTree {
        return this.#leftToRight(RELATIONS, () =>
            this.#leftToRight(["+", "-"], () => this.#leftToRight(["*", "/", "%"], () => this.#unary())),
        );
    }

    #leftToRight(signs: readonly Binary[], inner: () => CelTree): CelTree {
        let left = inner();
        for (;;) {
            const sign = signs.find((one) => this.#take(one));
            if (sign === undefined) return left;
            left = { node: "binary", sign, left, right: inner() };
        }
    }

    #unary(): CelTree {
        const sign = this.#take("!") ? "not" : this.#take("-") ? "minus" : undefined;
        if (sign === undefined) return this.#member();
        if (++this.#depth > MAX_DEPTH) throw new CelFault("it is nested too deeply");
        const of = this.#unary();
        this.#depth--;
        return { node: sign, of };
    }

    #member(): CelTree {
        let tree = this.#primary();
        for (;;) {
            if (this.#take(".")) tree = this.#selected(tree);
            else if (this.#take("[")) {
                tree = { node: "index", of: tree, at: this.#expression() };
                this.#want("]");
            } else return tree;
        }
    }

    #selected(of: CelTree): CelTree {
        const name = this.#name();
        if (!this.#take("(")) return { node: "select", of, field: name };
        if (WALKS.has(name)) throw new CelFault(`${name}() walks over a list, which Envoy does not take`);
        return { node: "call", target: of, name, args: this.#items(")") };
    }

    #name(): string {
        const { kind, text } = this.#next;
        if (kind !== "name") throw this.#unexpected("a name");
        this.#at++;
        return text;
    }

    #primary(): CelTree {
        const token = this.#next;
        switch (token.kind) {
            case "int":
            case "uint":
            case "double":
                this.#at++;
                return { node: "value", kind: token.kind, value: token.value };
            case "string":
            case "bytes":
                this.#at++;
                return { node: "value", kind: token.kind, value: token.value };
            case "name":
                return this.#named();
            case "sign":
                return this.#bracketed();
            case "end":
                throw this.#unexpected("a value");
            default:
                return token satisfies never;
        }
    }

    #named(): CelTree {
        const name = this.#name();
        if (name === "true" || name === "false") return { node: "value", kind: "bool", value: name === "true" };
        if (name === "null") return { node: "value", kind: "null" };
        if (name === "in" || RESERVED.has(name)) throw new CelFault(`${name} is a word of the language's own`);
        if (!this.#take("(")) return { node: "name", name };
        const args = this.#items(")");
        if (name !== "has") return { node: "call", target: undefined, name, args };
        const [of] = args;
        if (args.length !== 1 || of?.node !== "select") throw new CelFault("has() takes a field, as in has(request.headers.referer)");
        return { node: "has", of: of.of, field: of.field };
    }

    #bracketed(): CelTree {
        if (this.#take("(")) {
            const tree = this.#expression();
            this.#want(")");
            return tree;
        }
        if (this.#take("[")) return { node: "list", items: this.#items("]") };
        if (this.#take("{")) return { node: "map", entries: this.#entries() };
        if (this.#take(".")) return { node: "name", name: this.#name() };
        throw this.#unexpected("a value");
    }

    #items(end: string): CelTree[] {
        const items: CelTree[] = [];
        while (!this.#take(end)) {
            if (items.length > 0) this.#want(",");
            // A list may end in a comma, and no call does.
            if (end === "]" && items.length > 0 && this.#take(end)) break;
            items.push(this.#expression());
        }
        return items;
    }

    #entries(): (readonly [CelTree, CelTree])[] {
        const entries: (readonly [CelTree, CelTree])[] = [];
        while (!this.#take("}")) {
            if (entries.length > 0) this.#want(",");
            if (entries.length > 0 && this.#take("}")) break;
            const key = this.#expression();
            this.#want(":");
            entries.push([key, this.#expression()]);
        }
        return entries;
    }
}
