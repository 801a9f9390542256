/**
 * The line of every field of an object, in a hundredth of the memory of its syntax tree: how many lines each part stands below
 * the object's first, as the characters of one text, parts in the order of the object's keys. Ten thousand hosts have half a
 * gigabyte of syntax tree and five megabytes of this.
 */
import type { Place } from "../../istio/findings";
import { lineOfNode, type LineNode, type ShortDocument } from "../../istio/line-tree";
import { childPath, itemPath, pathSegments } from "../../istio/paths";

/** Of an object of more lines, what stands further down is said to stand there. */
const LAST_LINE = 0xffff;
/** All of it stands on one line, as with many of a machine's. */
const ONE_LINE = "";

/** Says the same as `placeOf`, which may be forgotten afterwards. */
export function compactPlaces(object: unknown, placeOf: (field: string) => Place): (field: string) => Place {
    const { file, line: first } = placeOf("");
    const lines: number[] = [];
    collect(object, "", placeOf, first, lines);
    return placesOf(object, file, first, textOf(lines));
}

/** The same of a part as it was read in the short way: it has what `object` has, and maybe more. */
export function placesOfShort(
    object: unknown,
    file: string,
    { first, part }: { readonly first: number; readonly part: ShortDocument },
): (field: string) => Place {
    const lines: number[] = [];
    const start = lineOfNode(part.lines);
    collectNodes(object, part.value, part.lines, start, lines);
    return placesOf(object, file, first + start, textOf(lines));
}

interface Lines {
    readonly file: string;
    readonly first: number;
    readonly lines: string;
}

const known = new WeakMap<(field: string) => Place, Lines>();

/** Whether two that were made here, of objects that say the same, say the same. */
export function isSamePlaces(a: ((field: string) => Place) | undefined, b: (field: string) => Place): boolean {
    const [one, other] = [a && known.get(a), known.get(b)];
    return one !== undefined && one.file === other?.file && one.first === other.first && one.lines === other.lines;
}

/** A closure of its own: in another it would keep what that has at hand. */
function placesOf(object: unknown, file: string, first: number, lines: string): (field: string) => Place {
    const placeOf =
        lines === ONE_LINE
            ? () => ({ file, line: first })
            : (field: string) => ({ file, line: first + lines.charCodeAt(positionOf(object, field)) });
    known.set(placeOf, { file, first, lines });
    return placeOf;
}

function textOf(lines: readonly number[]): string {
    if (lines.every((line) => line === 0)) return ONE_LINE;
    let text = "";
    for (let from = 0; from < lines.length; from += 4096) text += String.fromCharCode(...lines.slice(from, from + 4096));
    return text;
}

function below(line: number, first: number): number {
    return Math.min(Math.max(0, line - first), LAST_LINE);
}

function collect(value: unknown, path: string, placeOf: (field: string) => Place, first: number, lines: number[]): void {
    lines.push(below(placeOf(path).line, first));
    if (Array.isArray(value)) value.forEach((item, index) => collect(item, itemPath(path, index), placeOf, first, lines));
    else if (typeof value === "object" && value !== null)
        for (const [key, item] of Object.entries(value)) collect(item, childPath(path, key), placeOf, first, lines);
}

/** Of what is not in `node` the line of what it is in. */
function collectNodes(value: unknown, written: unknown, node: LineNode, first: number, lines: number[]): void {
    lines.push(below(lineOfNode(node), first));
    if (typeof value !== "object" || value === null) return;
    const known = typeof written === "object" && written !== null ? (written as Readonly<Record<string, unknown>>) : {};
    const keys = Object.keys(value);
    const writtenKeys = value === written ? keys : Object.keys(known);
    for (const [at, key] of keys.entries()) {
        const index = writtenKeys[at] === key ? at : writtenKeys.indexOf(key);
        const child = typeof node === "number" || index === -1 ? undefined : node[index + 1];
        collectNodes((value as Readonly<Record<string, unknown>>)[key], known[key], child ?? node, first, lines);
    }
}

/** Where the deepest part of the path that exists stands in the order of all parts. */
function positionOf(object: unknown, field: string): number {
    let position = 0;
    let value = object;
    for (const segment of pathSegments(field)) {
        if (typeof value !== "object" || value === null) break;
        const record = value as Readonly<Record<string, unknown>>;
        const keys = Object.keys(record);
        const index = keys.indexOf(String(segment));
        if (index === -1) break;
        position++;
        for (const key of keys.slice(0, index)) position += sizeOf(record[key]);
        value = record[String(segment)];
    }
    return position;
}

function sizeOf(value: unknown): number {
    if (typeof value !== "object" || value === null) return 1;
    let size = 1;
    for (const item of Object.values(value)) size += sizeOf(item);
    return size;
}
