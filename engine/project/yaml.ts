/**
 * Pulumi's files as Pulumi reads them: its reader of YAML takes `010` for 8 and `1_000` for a thousand, leaves `yes` and
 * `on` texts, and makes text of a date in a way of its own.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit, type Scalar } from "yaml";
import { resolveScalar } from "../../istio/yaml-scalars";
import { engineError } from "../errors";

export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A file of YAML or JSON whose top is a map; the first fault in it is an error with its line. */
export function readYamlMap(file: string): Record<string, unknown> {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines, merge: true });
    const fault = document.errors[0];
    if (fault) {
        const line = lines.linePos(fault.pos[0]).line;
        throw engineError("GH0304", `${path.basename(file)} is not valid YAML: ${fault.message.split("\n")[0] ?? ""}`, {
            place: { file, line },
        });
    }
    visit(document, {
        Scalar: (key, node) => {
            if (key !== "key") node.value = scalarOf(node);
        },
    });
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    if (content === null || content === undefined) return {};
    if (!isRecord(content)) throw engineError("GH0304", `${path.basename(file)} must hold a map.`, { place: { file, line: 1 } });
    return content;
}

/** The line of the key at the end of a path, or of the nearest above it that is there. */
export function lineOf(file: string, keys: readonly string[]): number {
    const lines = new LineCounter();
    let node: unknown = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines }).contents;
    let line = 1;
    for (const key of keys) {
        const items = (isMap(node) || isSeq(node) ? node.items : []) as readonly unknown[];
        const pair = isMap(node) ? items.find((one) => isPair(one) && isScalar(one.key) && String(one.key.value) === key) : undefined;
        const next = isPair(pair) ? pair.key : items[Number(key)];
        if (!isNode(next) || !next.range) break;
        line = lines.linePos(next.range[0]).line;
        node = isPair(pair) ? pair.value : next;
    }
    return line;
}

/** A value as JSON. A number too large for JavaScript's is as near as one of those comes. */
export function jsonText(value: unknown): string {
    return JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? Number(one) : one));
}

/** A value in a message. */
export function shown(value: unknown): string {
    return typeof value === "bigint" ? String(value) : jsonText(value);
}

/** Words that are true and false to Kubernetes, and texts to Pulumi. */
const WORD = /^(?:y|yes|on|n|no|off)$/i;
const DATE = /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|([-+]\d\d):?(\d\d))?)?$/;

function scalarOf({ type, tag, source, value }: Scalar): unknown {
    if (tag === "tag:yaml.org,2002:binary") return Buffer.from(source ?? "", "base64").toString();
    if (type !== "PLAIN" || source === undefined || (tag !== undefined && tag !== "")) return value;
    if (WORD.test(source)) return source;
    const [, day, time = "00:00:00", hours, minutes = ""] = DATE.exec(source) ?? [];
    if (day !== undefined && !Number.isNaN(Date.parse(day)))
        return `${day} ${time} ${hours === undefined ? "+0000 UTC" : `${hours}${minutes} ${hours}${minutes}`}`;
    const resolved = resolveScalar(source, true, undefined);
    if (!("value" in resolved)) return value;
    // A whole number that no number of JavaScript holds: an account's or an object's id keeps its digits.
    return typeof resolved.value === "number" &&
        !Number.isSafeInteger(resolved.value) &&
        /^[1-9]\d{15,19}$/.test(source) &&
        BigInt(source) < 2n ** 64n
        ? BigInt(source)
        : resolved.value;
}
