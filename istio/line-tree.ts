/**
 * Where the parts of a document stand, beside its value and in the order of its keys: what its text is read in the short way
 * (json-document.ts, plain-yaml.ts) leaves behind, without a node of a syntax tree.
 */
import { pathSegments } from "./paths";

/** Of a scalar its line, of a mapping or a list its line and those of what is in it. Twice the line, and one more with quotes. */
export type LineNode = number | LineBranch;
export interface LineBranch extends Array<LineNode> {
    0: number;
}

/** A document that was read in the short way. */
export interface ShortDocument {
    readonly value: unknown;
    readonly lines: LineNode;
}

export interface LocatedLine {
    /** Of the deepest part of a path that exists, counted from 0. */
    readonly line: number;
    /** A scalar without quotes, as it is written. */
    readonly written?: string;
}

export function lineOfNode(node: LineNode): number {
    return (typeof node === "number" ? node : node[0]) >> 1;
}

export function locate({ value: root, lines }: Pick<ShortDocument, "value" | "lines">, field: string): LocatedLine {
    let node = lines;
    let value = root;
    for (const segment of pathSegments(field)) {
        const child = childOf(value, node, segment);
        if (child === undefined) return { line: lineOfNode(node) };
        node = child;
        value = (value as Readonly<Record<string, unknown>>)[String(segment)];
    }
    return typeof node === "number" && (node & 1) === 0 ? { line: node >> 1, written: String(value) } : { line: lineOfNode(node) };
}

/** A part of a document that is there. */
export function partAt(document: ShortDocument, field: string): ShortDocument {
    let { value, lines } = document;
    for (const segment of pathSegments(field)) {
        lines = childOf(value, lines, segment) ?? lines;
        value = (value as Readonly<Record<string, unknown>>)[String(segment)];
    }
    return { value, lines };
}

function childOf(value: unknown, node: LineNode, segment: string | number): LineNode | undefined {
    if (typeof node === "number" || typeof value !== "object" || value === null) return undefined;
    const index = Array.isArray(value) ? Number(segment) : Object.keys(value).indexOf(String(segment));
    return index < 0 ? undefined : node[index + 1];
}

/** Numbers come first among the keys of an object, wherever they were written. */
export function inKeyOrder(value: object, names: readonly string[], branch: LineBranch): LineBranch {
    const keys = Object.keys(value);
    return keys.every((key, at) => key === names[at]) ? branch : [branch[0], ...keys.map((key) => branch[names.indexOf(key) + 1] ?? 0)];
}
