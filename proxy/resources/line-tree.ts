/**
 * The line of every field of an object, in a tenth of the memory of its syntax tree: a node's line and, in the order of
 * its keys, its children's. Ten thousand hosts have half a gigabyte of syntax tree and fifty megabytes of this.
 */
import type { Place } from "../../istio/findings";
import { childPath, itemPath, pathSegments } from "../../istio/paths";

/** A scalar's line, or a container's with those of its children. */
type LineNode = number | LineBranch;
interface LineBranch extends ReadonlyArray<LineNode> {
    readonly 0: number;
}

/** Says the same as `placeOf`, which may be forgotten afterwards. */
export function compactPlaces(object: unknown, placeOf: (field: string) => Place): (field: string) => Place {
    const { file } = placeOf("");
    const tree = build(object, "", placeOf);
    return (field) => ({ file, line: lineOf(tree, object, field) });
}

function build(value: unknown, path: string, placeOf: (field: string) => Place): LineNode {
    const { line } = placeOf(path);
    if (Array.isArray(value)) return [line, ...value.map((item, index) => build(item, itemPath(path, index), placeOf))] as const;
    if (typeof value !== "object" || value === null) return line;
    return [line, ...Object.entries(value).map(([key, item]) => build(item, childPath(path, key), placeOf))];
}

/** The line of the deepest part of the path that exists. */
function lineOf(tree: LineNode, object: unknown, field: string): number {
    let node = tree;
    let value = object;
    for (const segment of pathSegments(field)) {
        if (typeof node === "number" || typeof value !== "object" || value === null) break;
        const index = Array.isArray(value) ? Number(segment) : Object.keys(value).indexOf(String(segment));
        const child: LineNode | undefined = index < 0 ? undefined : node[index + 1];
        if (child === undefined) break;
        node = child;
        value = (value as Readonly<Record<string, unknown>>)[String(segment)];
    }
    return typeof node === "number" ? node : node[0];
}
