/**
 * A CEL expression as a function over what it is asked of. All that can be decided is decided once; a value is made by
 * calls of functions that are there. Operators are those of google/cel-spec, doc/langdef.md; what Envoy takes is taken.
 */
import { wireText } from "../wire-text";
import { callOf } from "./functions";
import { binaryOf } from "./operators";
import { choice, either, fieldOf, indexOf, list, minus, not, written, type CelReader } from "./readers";
import { parseCel, type CelTree } from "./syntax";
import { CelFault } from "./tokens";
import { CelBytes, CelDouble, CelType, CelUint, isMap, type CelValue } from "./values";

/** What names stand for: `request.path`. Undefined: it is not known by this name. */
export type CelAttributes<Subject> = (root: string, field: string) => CelReader<Subject> | undefined;

export interface CompiledCel<Subject> {
    readonly read: CelReader<Subject>;
    /** Names that stand for nothing: where they are asked the expression fails. */
    readonly unknown: readonly string[];
}

/** A text: why it is no expression. */
export function compileCel<Subject>(source: string, attributes: CelAttributes<Subject>): CompiledCel<Subject> | string {
    try {
        const compiler = new Compiler(attributes);
        const read = compiler.reader(parseCel(source));
        return { read, unknown: [...compiler.unknown] };
    } catch (error) {
        if (error instanceof CelFault) return error.message;
        throw error;
    }
}

const TYPES = ["bool", "bytes", "double", "int", "list", "map", "null_type", "string", "type", "uint"];

/** What is made is called by requests, and is as deep: thousands of operators in a row end the stack. */
const MAX_DEPTH = 500;

class Compiler<Subject> {
    readonly #attributes: CelAttributes<Subject>;
    readonly unknown = new Set<string>();
    #depth = 0;

    constructor(attributes: CelAttributes<Subject>) {
        this.#attributes = attributes;
    }

    reader(tree: CelTree): CelReader<Subject> {
        if (++this.#depth > MAX_DEPTH) throw new CelFault("it is nested too deeply, or too many operators follow each other");
        const made = this.#reader(tree);
        this.#depth--;
        return made;
    }

    #reader(tree: CelTree): CelReader<Subject> {
        switch (tree.node) {
            case "value":
                return constant(literal(tree));
            case "name":
                return this.#name(tree.name);
            case "select":
                return this.#field(tree.of, tree.field);
            case "has":
                return this.#has(tree.of, tree.field);
            case "index":
                return this.#index(tree.of, tree.at);
            case "call":
                return this.#call(tree);
            case "not":
                return not(this.reader(tree.of));
            case "minus":
                return minus(this.reader(tree.of));
            case "binary":
                return this.#binary(tree);
            case "choice":
                return choice(this.reader(tree.test), this.reader(tree.yes), this.reader(tree.no));
            case "list":
                return list(tree.items.map((item) => this.reader(item)));
            case "map":
                return written(tree.entries.map(([key, value]) => [this.reader(key), this.reader(value)] as const));
            default:
                return tree satisfies never;
        }
    }

    #name(name: string): CelReader<Subject> {
        if (TYPES.includes(name)) return constant(new CelType(name));
        this.unknown.add(name);
        return failed;
    }

    /** `request.path`, `request["path"]`. */
    #attribute(of: CelTree, field: string): CelReader<Subject> | undefined {
        if (of.node !== "name") return undefined;
        const found = this.#attributes(of.name, field);
        if (found === undefined) this.unknown.add(`${of.name}.${field}`);
        return found ?? failed;
    }

    #field(of: CelTree, field: string): CelReader<Subject> {
        return this.#attribute(of, field) ?? fieldOf(this.reader(of), wireText(field));
    }

    #has(of: CelTree, field: string): CelReader<Subject> {
        const attribute = this.#attribute(of, field);
        if (attribute !== undefined) return (subject) => attribute(subject) !== undefined;
        const inner = this.reader(of);
        const key = wireText(field);
        return (subject) => {
            const value = inner(subject);
            return isMap(value) ? value.has(key) : undefined;
        };
    }

    #index(of: CelTree, at: CelTree): CelReader<Subject> {
        if (at.node === "value" && at.kind === "string") return this.#field(of, at.value);
        return indexOf(this.reader(of), this.reader(at));
    }

    #call({ target, name, args }: CelTree & { readonly node: "call" }): CelReader<Subject> {
        const given = [...(target === undefined ? [] : [target]), ...args];
        const [, pattern] = given;
        const written = pattern?.node === "value" && pattern.kind === "string" ? wireText(pattern.value) : undefined;
        const call = callOf(name, given.length, target !== undefined, written);
        const [first = failed, second, third] = given.map((one) => this.reader(one));
        if (third !== undefined) throw new CelFault(`${name}() does not take ${given.length} values`);
        if (second === undefined) {
            return (subject) => {
                const a = first(subject);
                return a === undefined ? undefined : call(a, undefined);
            };
        }
        return (subject) => {
            const a = first(subject);
            const b = second(subject);
            return a === undefined || b === undefined ? undefined : call(a, b);
        };
    }

    #binary({ sign, left, right }: CelTree & { readonly node: "binary" }): CelReader<Subject> {
        const [a, b] = [this.reader(left), this.reader(right)];
        if (sign === "||") return either(a, b, true);
        if (sign === "&&") return either(a, b, false);
        const work = binaryOf(sign);
        return (subject) => {
            const x = a(subject);
            if (x === undefined) return undefined;
            const y = b(subject);
            return y === undefined ? undefined : work(x, y);
        };
    }
}

const failed = (): undefined => undefined;

function constant(value: CelValue): () => CelValue {
    return () => value;
}

/** Texts are the bytes that they are on the wire, a character each, as those they are compared with. */
function literal(tree: CelTree & { readonly node: "value" }): CelValue {
    switch (tree.kind) {
        case "int":
        case "bool":
            return tree.value;
        case "uint":
            return new CelUint(tree.value);
        case "double":
            return new CelDouble(tree.value);
        case "string":
            return wireText(tree.value);
        case "bytes":
            return new CelBytes(wireText(tree.value));
        case "null":
            return null;
        default:
            return tree satisfies never;
    }
}
