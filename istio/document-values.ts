/**
 * Turns the nodes of a YAML document into plain values, bounded in depth and in what aliases may expand to. Ours rather
 * than the library's `toJS`, because a duplicate key and a runaway alias are reported with their line here, and because
 * scalars follow what Kubernetes' own reader makes of them.
 */
import { isAlias, isMap, isScalar, isSeq, type Document, type Scalar, type YAMLMap } from "yaml";
import type { Code } from "./codes";
import { childPath, itemPath } from "./paths";
import { shownText } from "./shown";

export interface NodeFault {
    readonly code: Code;
    readonly field: string;
    readonly message: string;
    readonly fix: string;
    readonly offset: number;
    /** The whole document cannot be used, not only the object that has the fault. */
    readonly fatal: boolean;
}

const MAX_DEPTH = 100;
/** Values that may come out of aliases in one document. Honest use is a block or two repeated. */
const MAX_ALIASED = 20_000;

/** Faults of one document that are told apart. */
const MAX_FAULTS = 1000;

interface Reading {
    readonly document: Document.Parsed;
    readonly faults: NodeFault[];
    /** Above 0 while below an alias. */
    aliasDepth: number;
    aliased: number;
    stopped: boolean;
}

export function toPlain(root: unknown, document: Document.Parsed): { value: unknown; faults: NodeFault[] } {
    const reading: Reading = { document, faults: [], aliasDepth: 0, aliased: 0, stopped: false };
    const value = plain(root, "", 0, reading);
    return { value, faults: reading.faults };
}

function plain(node: unknown, field: string, depth: number, reading: Reading): unknown {
    if (reading.stopped) {
        return null;
    }
    if (depth > MAX_DEPTH) {
        return stop(node, field, `is nested more than ${MAX_DEPTH} levels deep`, reading);
    }
    if (reading.aliasDepth > 0 && (reading.aliased += 1) > MAX_ALIASED) {
        return stop(node, field, `expands to more than ${MAX_ALIASED} values through its aliases`, reading);
    }
    if (isMap(node)) {
        return plainMap(node, field, depth, reading);
    }
    if (isSeq(node)) {
        return node.items.map((item, index) => plain(item, itemPath(field, index), depth + 1, reading));
    }
    if (isAlias(node)) {
        const target: unknown = node.resolve(reading.document);
        reading.aliasDepth += 1;
        const value = plain(target, field, depth + 1, reading);
        reading.aliasDepth -= 1;
        return value;
    }
    return isScalar(node) ? plainScalar(node) : null;
}

function stop(node: unknown, field: string, what: string, reading: Reading): null {
    reading.stopped = true;
    fault("GH0116", node, field, `the document ${what}`, "", true, reading);
    return null;
}

function fault(code: Code, node: unknown, field: string, message: string, fix: string, fatal: boolean, reading: Reading): void {
    if (reading.faults.length >= MAX_FAULTS && !fatal) {
        return;
    }
    reading.faults.push({ code, field, message, fix, offset: startOf(node), fatal });
}

function plainMap(map: YAMLMap, field: string, depth: number, reading: Reading): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const seen = new Set<string>();
    for (const { key, value } of map.items) {
        if (isScalar(key) && key.value === "<<" && key.type === "PLAIN") {
            merge(result, seen, plain(value, childPath(field, "<<"), depth + 1, reading));
            continue;
        }
        if (!isScalar(key)) {
            fault("GH0114", key ?? map, field, "a mapping has a key that is not a word or a number", "", true, reading);
            continue;
        }
        const name = String(key.value);
        const path = childPath(field, name);
        if (seen.has(name)) {
            fault("GH0115", key, path, `the key ${shownText(name)} stands twice in one mapping`, "Keep one of the two.", false, reading);
            continue;
        }
        seen.add(name);
        put(result, name, plain(value, path, depth + 1, reading));
    }
    return result;
}

/** `<<: *base`: the base's keys, where the mapping has none of its own, whatever the order. */
function merge(into: Record<string, unknown>, seen: ReadonlySet<string>, base: unknown): void {
    for (const part of Array.isArray(base) ? base : [base]) {
        if (typeof part !== "object" || part === null) {
            continue;
        }
        for (const [name, value] of Object.entries(part)) {
            if (!seen.has(name) && !Object.hasOwn(into, name)) {
                put(into, name, value);
            }
        }
    }
}

/** A plain assignment to `__proto__` would change what the object is. */
function put(into: Record<string, unknown>, name: string, value: unknown): void {
    Object.defineProperty(into, name, { value, writable: true, enumerable: true, configurable: true });
}

/** YAML 1.1's words for booleans, unquoted, are booleans to kubectl, so they are here. */
const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
    ...["yes", "Yes", "YES", "on", "On", "ON"].map((word) => [word, true] as const),
    ...["no", "No", "NO", "off", "Off", "OFF"].map((word) => [word, false] as const),
]);

function plainScalar(scalar: Scalar): unknown {
    const { value } = scalar;
    if (typeof value === "string" && scalar.type === "PLAIN") {
        return BOOLEAN_WORDS.get(value) ?? value;
    }
    switch (typeof value) {
        case "string":
        case "boolean":
        case "number":
            return value;
        case "bigint":
            return Number(value);
        default:
            // `!!binary`, `!!timestamp` and their like are text to Kubernetes.
            return value === null || value === undefined ? null : (scalar.source ?? String(value));
    }
}

function startOf(node: unknown): number {
    return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) ? Number(node.range[0]) : 0;
}
