/** A part of a list: what the search finds, a page of it. The whole is never sent. */
import type { Part } from "./rows";

const DEFAULT_COUNT = 50;
const MOST_COUNT = 200;

/** `textOf`: what is searched, in small letters; every word of the search must stand in it. Rows are made of what is sent alone. */
export function partOf<Item, Row>(
    version: number,
    items: readonly Item[],
    query: URLSearchParams,
    textOf: (item: Item) => string,
    rowOf: (item: Item) => Row,
): Part<Row> {
    const words = (query.get("search") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length === 0 ? items : items.filter((item) => hasAll(textOf(item), words));
    const from = Math.min(whole(query.get("from"), 0), Math.max(0, found.length - 1));
    const count = Math.min(whole(query.get("count"), DEFAULT_COUNT), MOST_COUNT);
    return { version, total: found.length, from, rows: found.slice(from, from + count).map(rowOf) };
}

function hasAll(text: string, words: readonly string[]): boolean {
    return words.every((word) => text.includes(word));
}

function whole(text: string | null, instead: number): number {
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : instead;
}
