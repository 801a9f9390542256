/** Where a field stands in a document's text, and how it is written there. */
import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type Pair, type YAMLMap } from "yaml";
import { isPlainScalar } from "./document-values";
import { pathSegments } from "./paths";
import { keyOf, resolveScalar } from "./yaml-scalars";

export interface Located {
    /** Of the deepest part of the path that exists: of the key in a mapping, of the item in a list. */
    readonly offset: number;
    /** A scalar that has no quotes, as it is written. */
    readonly written?: string;
}

/** Mappings of fewer keys are searched through. */
const MANY_KEYS = 8;

/** `targets`: what each alias stands for. */
export function nodeLocator(root: Node | null, targets: ReadonlyMap<Alias, unknown>): (field: string) => Located {
    const indexes = new Map<YAMLMap, ReadonlyMap<string, Pair>>();
    const pairOf = (map: YAMLMap, name: string): Pair | undefined => {
        if (map.items.length <= MANY_KEYS) {
            return map.items.findLast(({ key }) => keyText(key, targets) === name);
        }
        let index = indexes.get(map);
        if (index === undefined) {
            index = new Map(map.items.map((pair) => [keyText(pair.key, targets) ?? "", pair]));
            indexes.set(map, index);
        }
        return index.get(name);
    };
    return (field) => {
        let offset = root?.range?.[0] ?? 0;
        let node: unknown = root;
        for (const segment of pathSegments(field)) {
            node = isAlias(node) ? targets.get(node) : node;
            if (isMap(node)) {
                const pair = pairOf(node, String(segment));
                offset = rangeStart(pair?.key) ?? offset;
                node = pair?.value;
            } else if (isSeq(node)) {
                node = node.items[Number(segment)];
                offset = rangeStart(node) ?? offset;
            } else {
                node = undefined;
                break;
            }
        }
        const written = isScalar(node) && isPlainScalar(node) ? node.source : undefined;
        return written === undefined ? { offset } : { offset, written };
    };
}

function keyText(key: unknown, targets: ReadonlyMap<Alias, unknown>): string | undefined {
    const node = isAlias(key) ? targets.get(key) : key;
    if (!isScalar(node)) {
        return undefined;
    }
    const text = node.source ?? "";
    const resolved = resolveScalar(text, isPlainScalar(node), node.tag);
    return "value" in resolved ? keyOf(text, resolved.value) : undefined;
}

function rangeStart(node: unknown): number | undefined {
    return typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range) ? Number(node.range[0]) : undefined;
}
