/** What a delta changes of the entries, read once for all that is bound from them. */
import { SharedMap, TABLE_NAMES, type Origin, type TableEntries, type TableName, type Tables, type TablesDelta } from "../tables";
import { NOWHERE } from "./access/part-fault";
import type { BindFault } from "./snapshot";

/** Entries by key; undefined: removed. */
export type Changes = { readonly [T in TableName]: ReadonlyMap<string, TableEntries[T] | undefined> };

export function emptyEntries(): Tables {
    return Object.fromEntries(TABLE_NAMES.map((name) => [name, new SharedMap()])) as unknown as Tables;
}

/** A delta that starts from nothing comes on top of what is there: what it does not set is removed. */
export function changesOf(before: Tables, delta: TablesDelta): Changes {
    const of = <T extends TableName>(name: T): Map<string, TableEntries[T] | undefined> => {
        const changes = new Map<string, TableEntries[T] | undefined>();
        if (!delta.full) for (const key of delta.remove[name] ?? []) changes.set(key, undefined);
        for (const entry of (delta.set[name] ?? []) as readonly TableEntries[T][]) changes.set(entry.key, entry);
        if (delta.full) for (const key of before[name].keys()) if (!changes.has(key)) changes.set(key, undefined);
        return changes;
    };
    return Object.fromEntries(TABLE_NAMES.map((name) => [name, of(name)])) as unknown as Changes;
}

export function applied(before: Tables, changes: Changes): Tables {
    const of = <T extends TableName>(name: T): ReadonlyMap<string, TableEntries[T]> =>
        (before[name] as unknown as SharedMap<TableEntries[T]>).changed(changes[name]);
    return Object.fromEntries(TABLE_NAMES.map((name) => [name, of(name)])) as unknown as Tables;
}

/** A map of the snapshot before, as what it is; undefined: there was none. */
export function sharedMap<V>(map: ReadonlyMap<string, V> | undefined): SharedMap<V> {
    return (map as SharedMap<V> | undefined) ?? new SharedMap<V>();
}

/** What goes wrong with one entry is that entry's fault and stops no other. */
export function attempt(
    table: TableName,
    entry: { readonly key: string; readonly origin?: Origin },
    faults: BindFault[],
    bind: () => void,
): void {
    try {
        bind();
    } catch (error) {
        const origin = entry.origin ?? NOWHERE;
        faults.push({ table, key: entry.key, origin, message: error instanceof Error ? error.message : String(error) });
    }
}
