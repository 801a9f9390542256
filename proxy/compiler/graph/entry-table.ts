/** Tables in the order of their keys. What did not change of a table is the same as before, down to the table itself. */
import { compareText } from "../../resources/text-order";
import { sameList, sameOr } from "./lists";

interface Keyed {
    readonly key: string;
}

/** A map with other values under keys that it has. */
export type Patch = <E>(map: ReadonlyMap<string, E>, changes: Iterable<readonly [string, E]>) => ReadonlyMap<string, E>;

/** A table that is filled again and again, with entries in any order. No two of them have the same key. */
export class EntryTable<E extends Keyed> {
    readonly #patch: Patch;
    #entries: readonly E[] = [];
    #table: ReadonlyMap<string, E> = new Map();

    constructor(patch: Patch) {
        this.#patch = patch;
    }

    update(entries: readonly E[]): ReadonlyMap<string, E> {
        if (!sameList(this.#entries, entries)) {
            this.#table = replaced(this.#table, this.#entries, entries, this.#patch) ?? rebuilt(this.#table, entries, this.#patch);
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
    patch: Patch,
): ReadonlyMap<string, E> | undefined {
    if (before.length !== now.length) return undefined;
    const changed: E[] = [];
    for (let at = 0; at < now.length; at++) {
        const entry = now[at] as E;
        if (entry === before[at]) continue;
        if (entry.key !== before[at]?.key) return undefined;
        if (isOther(table, entry)) changed.push(entry);
    }
    return withChanges(table, changed, patch);
}

/** `before` where it has exactly these entries. */
function rebuilt<E extends Keyed>(before: ReadonlyMap<string, E>, entries: readonly E[], patch: Patch): ReadonlyMap<string, E> {
    const changed = entries.filter((entry) => isOther(before, entry));
    const added = changed.filter(({ key }) => !before.has(key)).map(({ key }) => key);
    if (added.length === 0 && entries.length === before.size) return withChanges(before, changed, patch);
    const others = new Map(changed.map((entry) => [entry.key, entry]));
    const now = new Set(entries.map(({ key }) => key));
    const table = new Map<string, E>();
    for (const key of merged(
        [...before.keys()].filter((one) => now.has(one)),
        added.sort(compareText),
    )) {
        const entry = others.get(key) ?? before.get(key);
        if (entry) table.set(key, entry);
    }
    return table;
}

function withChanges<E extends Keyed>(table: ReadonlyMap<string, E>, changed: readonly E[], patch: Patch): ReadonlyMap<string, E> {
    return changed.length === 0
        ? table
        : patch(
              table,
              changed.map((entry) => [entry.key, entry]),
          );
}

/** What says the same is the same object, whoever made it. */
function isOther<E extends Keyed>(table: ReadonlyMap<string, E>, entry: E): boolean {
    const before = table.get(entry.key);
    return before !== entry && sameOr(before, entry) === entry;
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
