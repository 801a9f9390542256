/**
 * Turns the nodes of a YAML document into plain values, bounded in depth and in what aliases may expand to. Ours rather
 * than the library's `toJS`, because a duplicate key and a runaway alias are reported with their line here, because
 * scalars follow what Kubernetes' own reader makes of them, and because the work is a step a node: what an anchor holds
 * is built once and shared by its aliases.
 */
import { isAlias, isMap, isScalar, isSeq, type Alias, type Scalar, type YAMLMap } from "yaml";
import type { Code } from "./codes";
import { childPath, itemPath } from "./paths";
import { shownText } from "./shown";
import { keyOf, resolveScalar, type YamlScalar } from "./yaml-scalars";

export interface NodeFault {
    readonly code: Code;
    readonly field: string;
    readonly message: string;
    readonly fix: string;
    readonly offset: number;
    /** The whole document cannot be used. */
    readonly fatal: boolean;
}

export interface PlainValue {
    readonly value: unknown;
    readonly faults: readonly NodeFault[];
    /** What each alias stands for. */
    readonly targets: ReadonlyMap<Alias, unknown>;
    /** The work it took: a step a node and a key that is merged. */
    readonly steps: number;
}

/** What the aliases of one text may still bring in: the documents of a file share it. */
export interface AliasBudget {
    left: number;
}

const MAX_DEPTH = 100;
/** Values that may come out of the aliases of one file: a block of fifty lines in two thousand places. */
const MAX_ALIASED = 100_000;

/** Faults of one document that are told apart. */
const MAX_FAULTS = 1000;

const ANCHOR = /^[\w-]+$/;

interface Anchored {
    readonly value: unknown;
    /** Values in it, itself included. */
    readonly size: number;
    /** Levels below it. */
    readonly height: number;
}

interface Reading {
    readonly faults: NodeFault[];
    readonly anchors: Map<string, object>;
    /** What stands at an anchor; absent while it is being read. */
    readonly anchored: Map<object, Anchored>;
    readonly targets: Map<Alias, unknown>;
    readonly budget: AliasBudget;
    steps: number;
    /** Values read so far, those of aliases included. */
    size: number;
    /** The deepest level below what is being read. */
    deepest: number;
    atKey: boolean;
    stopped: boolean;
}

export function aliasBudget(): AliasBudget {
    return { left: MAX_ALIASED };
}

export function toPlain(root: unknown, budget: AliasBudget = aliasBudget()): PlainValue {
    const reading: Reading = {
        faults: [],
        anchors: new Map(),
        anchored: new Map(),
        targets: new Map(),
        budget,
        steps: 0,
        size: 0,
        deepest: 0,
        atKey: false,
        stopped: false,
    };
    const value = plain(root, "", 0, reading);
    return { value, faults: reading.faults, targets: reading.targets, steps: reading.steps };
}

function plain(node: unknown, field: string, depth: number, reading: Reading): unknown {
    if (reading.stopped) {
        return null;
    }
    if (depth > MAX_DEPTH) {
        return stop(node, field, "GH0116", `the document is nested more than ${MAX_DEPTH} levels deep`, reading);
    }
    reading.steps += 1;
    reading.deepest = Math.max(reading.deepest, depth);
    if (isAlias(node)) {
        return aliased(node, field, depth, reading);
    }
    reading.size += 1;
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor === undefined) {
        return unanchored(node, field, depth, reading);
    }
    if (!ANCHOR.test(anchor)) {
        return stop(
            node,
            field,
            "GH0114",
            "the document is not valid YAML: an anchor (`&name`) is named with letters, digits, `-` and `_`",
            reading,
        );
    }
    const { size, deepest } = reading;
    reading.anchors.set(anchor, node as object);
    reading.anchored.delete(node as object);
    reading.deepest = depth;
    const value = unanchored(node, field, depth, reading);
    reading.anchored.set(node as object, { value, size: reading.size - size + 1, height: reading.deepest - depth });
    reading.deepest = Math.max(reading.deepest, deepest);
    return value;
}

function unanchored(node: unknown, field: string, depth: number, reading: Reading): unknown {
    if (isMap(node)) {
        return plainMap(node, field, depth, reading);
    }
    if (isSeq(node)) {
        return node.items.map((item, index) => plain(item, itemPath(field, index), depth + 1, reading));
    }
    return isScalar(node) ? plainScalar(node, field, reading) : null;
}

function aliased(node: Alias, field: string, depth: number, reading: Reading): unknown {
    const target = reading.anchors.get(node.source);
    if (target === undefined) {
        return stop(node, field, "GH0114", "the document is not valid YAML: an alias (`*name`) has no anchor (`&name`) before it", reading);
    }
    const known = reading.anchored.get(target);
    if (known === undefined) {
        return stop(node, field, "GH0114", "the document is not valid YAML: an alias stands within its own anchor", reading);
    }
    reading.targets.set(node, target);
    reading.size += known.size;
    reading.budget.left -= known.size;
    if (reading.budget.left < 0) {
        return stop(node, field, "GH0116", `the file expands to more than ${MAX_ALIASED} values through its aliases`, reading);
    }
    if (depth + known.height > MAX_DEPTH) {
        return stop(node, field, "GH0116", `the document is nested more than ${MAX_DEPTH} levels deep`, reading);
    }
    reading.deepest = Math.max(reading.deepest, depth + known.height);
    return known.value;
}

function stop(node: unknown, field: string, code: Code, message: string, reading: Reading): null {
    reading.stopped = true;
    fault(code, node, field, message, "", true, reading);
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
        if (reading.stopped) {
            break;
        }
        if (isMergeKey(key)) {
            merge(result, seen, value, childPath(field, "<<"), depth, reading);
            continue;
        }
        const name = plainKey(key, map, field, depth, reading);
        if (name === undefined) {
            continue;
        }
        const path = childPath(field, name);
        if (seen.has(name)) {
            fault(
                "GH0115",
                key,
                path,
                `the key ${shownText(name)} stands twice in one mapping; Kubernetes takes the last, and so is it here`,
                "Keep one of the two.",
                false,
                reading,
            );
        }
        seen.add(name);
        put(result, name, plain(value, path, depth + 1, reading));
    }
    return result;
}

/** The name a key has in JSON; undefined where it can have none. */
function plainKey(key: unknown, map: YAMLMap, field: string, depth: number, reading: Reading): string | undefined {
    reading.atKey = true;
    const value = plain(key, field, depth + 1, reading);
    reading.atKey = false;
    const node = isAlias(key) ? reading.targets.get(key) : key;
    const name = isScalar(node) ? keyOf(node.source ?? "", value as YamlScalar) : undefined;
    if (name === undefined) {
        fault("GH0114", key ?? map, field, "a mapping has a key that is not a word or a number", "Put the key in quotes.", true, reading);
        return undefined;
    }
    const written = isScalar(key) && isPlainScalar(key) && key.tag === undefined ? key.source : undefined;
    if (written !== undefined && written !== name) {
        fault(
            "GH0126",
            key,
            childPath(field, name),
            `the key ${shownText(written)} is ${shownText(name)} to YAML`,
            `Put it in quotes where it is a text: ${JSON.stringify(written)}.`,
            false,
            reading,
        );
    }
    return name;
}

function isMergeKey(key: unknown): boolean {
    return isScalar(key) && key.value === "<<" && (key.tag === undefined ? isPlainScalar(key) : key.tag === "tag:yaml.org,2002:merge");
}

/** `<<: *base`: the base's keys, over those that stand before it and under those behind it, as go-yaml has it. */
function merge(
    into: Record<string, unknown>,
    seen: ReadonlySet<string>,
    node: unknown,
    field: string,
    depth: number,
    reading: Reading,
): void {
    const base = plain(node, field, depth + 1, reading);
    const parts: readonly unknown[] = Array.isArray(base) && !isAlias(node) ? base.toReversed() : [base];
    for (const part of parts) {
        if (typeof part !== "object" || part === null || Array.isArray(part)) {
            fault(
                "GH0114",
                node,
                field,
                "the document is not valid YAML: `<<` merges a mapping or a list of mappings, and nothing else",
                "",
                true,
                reading,
            );
            return;
        }
        const entries = Object.entries(part);
        reading.steps += entries.length;
        reading.budget.left -= entries.length;
        if (reading.budget.left < 0 && !reading.stopped) {
            stop(node, field, "GH0116", `the file expands to more than ${MAX_ALIASED} values through its aliases and merges`, reading);
        }
        for (const [name, value] of reading.stopped ? [] : entries) {
            if (seen.has(name)) {
                fault(
                    "GH0115",
                    node,
                    childPath(field, name),
                    `the key ${shownText(name)} stands before the \`<<\` that brings it in, which Kubernetes' reader lets win`,
                    "Put `<<` first.",
                    false,
                    reading,
                );
            }
            put(into, name, value);
        }
    }
}

/** A plain assignment to `__proto__` would change what the object is. */
function put(into: Record<string, unknown>, name: string, value: unknown): void {
    if (name === "__proto__") {
        Object.defineProperty(into, name, { value, writable: true, enumerable: true, configurable: true });
    } else {
        into[name] = value;
    }
}

export function isPlainScalar(scalar: Scalar): boolean {
    return scalar.type === "PLAIN" || scalar.type === undefined;
}

function plainScalar(scalar: Scalar, field: string, reading: Reading): YamlScalar {
    const text = typeof scalar.value === "string" ? scalar.value : (scalar.source ?? "");
    const resolved = resolveScalar(text, isPlainScalar(scalar), scalar.tag);
    if ("fault" in resolved) {
        fault("GH0114", scalar, field, `the document is not valid YAML: ${resolved.fault}`, "Leave the tag out.", true, reading);
        return null;
    }
    const { value } = resolved;
    if (typeof value === "number" && !Number.isFinite(value) && !reading.atKey) {
        fault(
            "GH0114",
            scalar,
            field,
            `${shownText(text)} is a number that JSON does not have, and so Kubernetes' reader refuses the document`,
            `Put it in quotes where it is a text: ${JSON.stringify(text)}.`,
            true,
            reading,
        );
        return null;
    }
    return value;
}

function startOf(node: unknown): number {
    return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) ? Number(node.range[0]) : 0;
}
