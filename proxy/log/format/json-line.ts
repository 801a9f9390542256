/**
 * JSON formats: keys in their order, numbers as numbers, null for what is not known (Envoy's JsonFormatBuilder). Where
 * what is empty is left out, the objects and lists that become empty are too.
 */
import { DEFAULT_JSON_FORMAT, namesInOrder, parseLogFormat, type JsonFormat } from "../../../istio/log-format";
import type { PolicyMark } from "../../tables";
import type { ConnectionRecord, RequestRecord } from "../../telemetry";
import { configText, jsonText } from "./escape";
import type { LineFormat } from "./line-format";
import { textPieces, type Piece } from "./pieces";
import type { LogValue } from "./reader";
import { typedReader } from "./typed-reader";

type Node<Logged> =
    | { readonly kind: "constant"; readonly json: string }
    | { readonly kind: "value"; readonly read: (record: Logged) => LogValue }
    /** Its value is JSON already. */
    | { readonly kind: "typed"; readonly read: (record: Logged) => string }
    /** What stands as it is is escaped already. */
    | { readonly kind: "text"; readonly pieces: readonly Piece<Logged>[] }
    | { readonly kind: "object"; readonly entries: readonly (readonly [key: string, node: Node<Logged>])[] }
    | { readonly kind: "list"; readonly items: readonly Node<Logged>[] };

interface Marked {
    readonly policyMarks: readonly PolicyMark[];
}

export function jsonLine(fields: { readonly [key: string]: JsonFormat }, omitEmpty: boolean): Omit<LineFormat, "wantsTls"> {
    // Istio's own format has no place for what policies did; it comes last, where there is any.
    const tellsPolicies = fields === DEFAULT_JSON_FORMAT || JSON.stringify(fields) === JSON.stringify(DEFAULT_JSON_FORMAT);
    const request = nodeOf<RequestRecord>(fields, "requests");
    const connection = nodeOf<ConnectionRecord>(fields, "connections");
    const line = <Logged extends Marked>(node: Node<Logged>, record: Logged): string => {
        const json = written(node, record, omitEmpty) ?? "{}";
        return tellsPolicies && record.policyMarks.length > 0 ? `${json.slice(0, -1)},${policies(record.policyMarks)}}\n` : `${json}\n`;
    };
    return { request: (record) => line(request, record), connection: (record) => line(connection, record) };
}

function policies(marks: readonly PolicyMark[]): string {
    const told = marks.map(({ effect, rule, policy }) => jsonText(`${effect} ${rule === "none" ? policy : rule}`));
    return `"authorization_policies":[${told.join(",")}]`;
}

function nodeOf<Logged>(format: JsonFormat, of: "requests" | "connections"): Node<Logged> {
    if (typeof format === "string") return typedNode<Logged>(format, of) ?? textNode(textPieces(format)[of] as readonly Piece<Logged>[]);
    if (typeof format !== "object" || format === null) return { kind: "constant", json: JSON.stringify(format) };
    if (isItems(format)) return { kind: "list", items: format.map((item) => nodeOf<Logged>(item, of)) };
    const entries = namesInOrder(format).map((key) => [`${configText(key)}:`, nodeOf<Logged>(format[key] ?? null, of)] as const);
    return { kind: "object", entries };
}

/** Where an operator whose values have types stands alone. */
function typedNode<Logged>(format: string, of: "requests" | "connections"): Node<Logged> | undefined {
    const parsed = parseLogFormat(format);
    const [piece, second] = typeof parsed === "string" ? [] : parsed.pieces;
    if (typeof piece !== "object" || second !== undefined) return undefined;
    const read = typedReader(piece)?.[of === "requests" ? "request" : "connection"];
    return read && { kind: "typed", read: read as (record: unknown) => string };
}

function isItems(format: object): format is readonly JsonFormat[] {
    return Array.isArray(format);
}

function textNode<Logged>(pieces: readonly Piece<Logged>[]): Node<Logged> {
    const [first, second] = pieces;
    if (first === undefined) return { kind: "constant", json: '""' };
    if (second !== undefined)
        return { kind: "text", pieces: pieces.map((piece) => (typeof piece === "string" ? configText(piece).slice(1, -1) : piece)) };
    return typeof first === "string" ? { kind: "constant", json: configText(first) } : { kind: "value", read: first };
}

/** Undefined: it is empty, and what is empty is left out. */
function written<Logged>(node: Node<Logged>, record: Logged, omitEmpty: boolean): string | undefined {
    switch (node.kind) {
        case "constant":
            return omitEmpty && node.json === "null" ? undefined : node.json;
        case "value": {
            const value = node.read(record);
            if (value === undefined) return omitEmpty ? undefined : "null";
            return typeof value === "string" ? jsonText(value) : Number.isFinite(value) ? String(value) : "null";
        }
        case "typed": {
            const json = node.read(record);
            return omitEmpty && json === "null" ? undefined : json;
        }
        case "text":
            return textOf(node.pieces, record, omitEmpty ? "" : "-");
        case "object":
            return objectOf(node.entries, record, omitEmpty);
        case "list":
            return listOf(node.items, record, omitEmpty);
        default:
            return node satisfies never;
    }
}

function textOf<Logged>(pieces: readonly Piece<Logged>[], record: Logged, missing: string): string {
    let json = '"';
    for (const piece of pieces) {
        if (typeof piece === "string") {
            json += piece;
            continue;
        }
        const value = piece(record);
        json += value === undefined ? missing : typeof value === "number" ? value : jsonText(value).slice(1, -1);
    }
    return `${json}"`;
}

function objectOf<Logged>(entries: readonly (readonly [string, Node<Logged>])[], record: Logged, omitEmpty: boolean): string | undefined {
    let json = "{";
    for (const [key, node] of entries) {
        const value = written(node, record, omitEmpty);
        if (value !== undefined) json += (json.length > 1 ? "," : "") + key + value;
    }
    return omitEmpty && json.length === 1 ? undefined : `${json}}`;
}

function listOf<Logged>(items: readonly Node<Logged>[], record: Logged, omitEmpty: boolean): string | undefined {
    let json = "[";
    for (const node of items) {
        const value = written(node, record, omitEmpty);
        if (value !== undefined) json += (json.length > 1 ? "," : "") + value;
    }
    return omitEmpty && json.length === 1 ? undefined : `${json}]`;
}
