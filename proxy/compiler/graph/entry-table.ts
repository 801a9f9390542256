/** Tables in the order of their keys. What did not change of a table is the same as before, down to the table itself. */
import { compareText } from "../../resources/text-order";
import { sameList } from "./lists";

interface Keyed {
    readonly key: string;
}

/** A table that is filled again and again, with entries in any order. No two of them have the same key. */
export class EntryTable<E extends Keyed> {
    #entries: readonly E[] = [];
    #table: ReadonlyMap<string, E> = new Map();

    update(entries: readonly E[]): ReadonlyMap<string, E> {
        if (!sameList(this.#entries, entries)) {
            this.#table = replaced(this.#table, this.#entries, entries) ?? rebuilt(this.#table, entries);
            this.#entries = entries;
        }
        return this.#table;
    }
}

/** Most changes leave the keys and their order as they are; undefined: this one does not. */
function replaced<E extends Keyed>(
    table: ReadonlyMap<string, E>,
    before: readonly E[],
    now: readonly E[],
): ReadonlyMap<string, E> | undefined {
    if (before.length !== now.length) return undefined;
    const changed: E[] = [];
    for (const [at, entry] of now.entries()) {
        if (entry === before[at]) continue;
        if (entry.key !== before[at]?.key) return undefined;
        changed.push(entry);
    }
    const copy = new Map(table);
    for (const entry of changed) copy.set(entry.key, entry);
    return copy;
}

/** `before` where it has exactly these entries. */
function rebuilt<E extends Keyed>(before: ReadonlyMap<string, E>, entries: readonly E[]): ReadonlyMap<string, E> {
    const changed = entries.filter((entry) => before.get(entry.key) !== entry);
    const added = changed.filter(({ key }) => !before.has(key)).map(({ key }) => key);
    if (added.length === 0 && entries.length === before.size) {
        if (changed.length === 0) return before;
        const table = new Map(before);
        for (const entry of changed) table.set(entry.key, entry);
        return table;
    }
    const now = new Map(entries.map((entry) => [entry.key, entry]));
    const table = new Map<string, E>();
    for (const key of merged(
        [...before.keys()].filter((one) => now.has(one)),
        added.sort(compareText),
    )) {
        const entry = now.get(key);
        if (entry) table.set(key, entry);
    }
    return table;
}

/** Two sorted lists as one. */
function merged(a: readonly string[], b: readonly string[]): string[] {
    if (a.length === 0 || b.length === 0) return a.length === 0 ? [...b] : [...a];
    const keys: string[] = [];
    let at = 0;
    for (const key of b) {
        while (at < a.length && compareText(a[at] ?? "", key) < 0) keys.push(a[at++] ?? "");
        keys.push(key);
    }
    return [...keys, ...a.slice(at)];
}
