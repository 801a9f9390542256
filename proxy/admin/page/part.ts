/** A part of a list: what the search finds, a page of it. The whole is never sent. */
import type { Part } from "./rows";

const DEFAULT_COUNT = 50;
const MOST_COUNT = 200;

/**
 * `textOf`: what is searched, in small letters; every word of the search must stand in it. Rows are made of what is sent alone,
 * unless they are sorted by what stands in one of their fields (`sort`, with `order=descending` the other way round).
 */
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
    const field = query.get("sort") ?? "";
    const part = <One>(list: readonly One[]): readonly One[] => list.slice(from, from + count);
    const rows = field === "" ? part(found).map(rowOf) : part(sortedBy(found.map(rowOf), field, query.get("order")));
    return { version, total: found.length, from, rows };
}

/** Rows of which nothing is known come first; those that are the same stay as they were. */
function sortedBy<Row>(rows: readonly Row[], field: string, order: string | null): readonly Row[] {
    const sign = order === "descending" ? -1 : 1;
    const keys = rows.map((row, at) => ({ at, value: sortValue((row as Readonly<Record<string, unknown>>)[field]) }));
    return keys.sort((a, b) => sign * compare(a.value, b.value) || a.at - b.at).map(({ at }) => rows[at]!);
}

const TEXTS = new Intl.Collator("en", { numeric: true });

function compare(a: string | number, b: string | number): number {
    if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a < b ? -1 : 1;
    return typeof a === typeof b ? TEXTS.compare(String(a), String(b)) : typeof a === "number" ? -1 : 1;
}

/** Of certificates the one that ends first counts, of figures how often. */
function sortValue(value: unknown): string | number {
    if (typeof value === "number" || typeof value === "string") return value;
    if (Array.isArray(value)) {
        const days = value.flatMap((one) => (isRow(one) && "daysLeft" in one ? Number(one["daysLeft"] ?? -1) : []));
        return days.length > 0 ? Math.min(...days) : value.join(" ");
    }
    return isRow(value) && typeof value["requests"] === "number" ? value["requests"] : -Infinity;
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null;
}

function hasAll(text: string, words: readonly string[]): boolean {
    return words.every((word) => text.includes(word));
}

function whole(text: string | null, instead: number): number {
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : instead;
}
