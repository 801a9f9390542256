/**
 * A long list in pieces, for computations that read something of each of its items: of a piece whose items are the same ones as
 * before nothing is done again.
 */
import type { Graph, Value } from "./graph";
import { sameList } from "./lists";

/** Its items are never none. */
export interface Chunk<O, T> {
    readonly of: O;
    readonly items: readonly T[];
}

const SIZE = 128;

/** Pieces that are as before are the same objects. */
export function chunksOf<O, T>(of: O, list: readonly T[], before: readonly Chunk<O, T>[]): readonly Chunk<O, T>[] {
    const chunks: Chunk<O, T>[] = [];
    for (let from = 0; from < list.length; from += SIZE) {
        const known = before[chunks.length];
        chunks.push(
            known !== undefined && known.of === of && isAt(known.items, list, from) ? known : { of, items: list.slice(from, from + SIZE) },
        );
    }
    // A copy has room for no more than there is: most lists are of one.
    return chunks.slice();
}

/** The same of a list that is a value. */
export function inChunks<S, T>(graph: Graph<S>, list: Value<readonly T[]>): Value<readonly Chunk<undefined, T>[]> {
    return graph.value((before) => chunksOf(undefined, list.get(), before ?? []), sameList);
}

function isAt<T>(items: readonly T[], list: readonly T[], from: number): boolean {
    if (items.length !== Math.min(SIZE, list.length - from)) return false;
    for (let at = 0; at < items.length; at++) if (items[at] !== list[from + at]) return false;
    return true;
}
