/** The items of a list by their keys, each key's in the order of the list, followed at the cost of what changed. */
import type { Finder } from "./lookup";

const NONE: readonly never[] = [];
/** Of so many changes at once each is made by itself. */
const FEW = 64;

export class KeyedList<T> implements Finder<readonly T[], string, readonly T[]> {
    readonly #keysOf: (item: T) => readonly string[];
    #list: readonly T[] = NONE;
    #items = new Map<string, readonly T[]>();

    /** `keysOf` gives the same for the same item. */
    constructor(keysOf: (item: T) => readonly string[]) {
        this.#keysOf = keysOf;
    }

    take(list: readonly T[]): Iterable<string> | undefined {
        const before = this.#list;
        this.#list = list;
        const [from, end] = sameEnds(before, list);
        const removed = before.slice(from, before.length - end);
        const added = list.slice(from, list.length - end);
        if (removed.length + added.length > FEW) {
            this.#items = itemsOf(list, this.#keysOf);
            return undefined;
        }
        return this.#change(removed, added);
    }

    find(key: string): readonly T[] {
        return this.#items.get(key) ?? NONE;
    }

    #change(removed: readonly T[], added: readonly T[]): ReadonlySet<string> {
        const changed = new Set([...removed, ...added].flatMap((one) => this.#keysOf(one)));
        const gone = new Set(removed);
        const unclear = new Set<string>();
        for (const key of changed) {
            const kept = this.find(key).filter((one) => !gone.has(one));
            const own = added.filter((one) => this.#keysOf(one).includes(key));
            if (kept.length > 0 && own.length > 0) unclear.add(key);
            else this.#set(key, kept.length > 0 ? kept : own);
        }
        if (unclear.size > 0) this.#order(unclear);
        return changed;
    }

    /** Where those that stay and those that come have to be told apart by their places in the list. */
    #order(keys: ReadonlySet<string>): void {
        const items = new Map<string, T[]>([...keys].map((key) => [key, []]));
        for (const one of this.#list) for (const key of this.#keysOf(one)) items.get(key)?.push(one);
        for (const [key, own] of items) this.#set(key, own);
    }

    #set(key: string, items: readonly T[]): void {
        if (items.length === 0) this.#items.delete(key);
        else this.#items.set(key, items);
    }
}

function itemsOf<T>(list: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, readonly T[]> {
    const items = new Map<string, T[]>();
    for (const one of list)
        for (const key of keysOf(one)) {
            const present = items.get(key);
            if (present) present.push(one);
            else items.set(key, [one]);
        }
    return items;
}

/** How many are the same at the beginning, and at the end behind these. */
export function sameEnds<T>(before: readonly T[], now: readonly T[]): readonly [from: number, end: number] {
    const most = Math.min(before.length, now.length);
    let from = 0;
    while (from < most && before[from] === now[from]) from++;
    let end = 0;
    while (end < most - from && before[before.length - 1 - end] === now[now.length - 1 - end]) end++;
    return [from, end];
}
