/**
 * The difference of two sets of tables, and its application. An entry has changed when anything in it differs, also
 * its origin alone: a line number that is no longer true would send a reader to the wrong place. Entries that the
 * compiler took over unchanged are the same objects and cost one comparison.
 */
import { isDeepStrictEqual } from "node:util";
import type { TableEntries, TableName, Tables, TablesDelta } from "./entries";
import { PatchedMap } from "./patched-map";

export const TABLE_NAMES = [
    "listeners",
    "chains",
    "routeTables",
    "virtualHosts",
    "clusters",
    "endpoints",
    "secrets",
    "accessLogs",
    "metrics",
    "access",
    "authorizations",
    "authentications",
    "keySets",
    "providers",
    "sources",
    "errorPages",
    "edges",
    "redirectMaps",
    "limits",
    "tracing",
] as const satisfies readonly TableName[];

type MutableTables = { [T in TableName]: Map<string, TableEntries[T]> };
type Changes = { set: { [T in TableName]?: TableEntries[T][] }; remove: { [T in TableName]?: string[] } };

export function emptyTables(): Tables {
    return {
        listeners: new Map(),
        chains: new Map(),
        routeTables: new Map(),
        virtualHosts: new Map(),
        clusters: new Map(),
        endpoints: new Map(),
        secrets: new Map(),
        accessLogs: new Map(),
        metrics: new Map(),
        access: new Map(),
        authorizations: new Map(),
        authentications: new Map(),
        keySets: new Map(),
        providers: new Map(),
        sources: new Map(),
        errorPages: new Map(),
        edges: new Map(),
        redirectMaps: new Map(),
        limits: new Map(),
        tracing: new Map(),
    };
}

/** What turns `previous` into `next`. Without `previous` the delta is full: it starts from nothing. */
export function diffTables(previous: Tables | undefined, next: Tables, version: number): TablesDelta {
    const changes: Changes = { set: {}, remove: {} };
    for (const name of TABLE_NAMES) diffTable(name, previous?.[name], next[name], changes);
    return { version, full: previous === undefined, ...changes };
}

/** Whether applying the delta would change nothing. */
export function isEmptyDelta(delta: TablesDelta): boolean {
    return !delta.full && Object.keys(delta.set).length === 0 && Object.keys(delta.remove).length === 0;
}

/** How many entries a delta sets or removes. */
export function deltaSize(delta: TablesDelta): number {
    const lengths = TABLE_NAMES.map((name) => (delta.set[name]?.length ?? 0) + (delta.remove[name]?.length ?? 0));
    return lengths.reduce((sum, length) => sum + length, 0);
}

/** The tables after a delta; those before it stay as they are, and a table without a change is shared. */
export function applyDelta(tables: Tables, delta: TablesDelta): Tables {
    const base = delta.full ? emptyTables() : tables;
    const result: Partial<MutableTables> = {};
    for (const name of TABLE_NAMES) applyTable(name, base[name], delta, result);
    return result as Tables;
}

function diffTable<T extends TableName>(
    name: T,
    previous: ReadonlyMap<string, TableEntries[T]> | undefined,
    next: ReadonlyMap<string, TableEntries[T]>,
    changes: Changes,
): void {
    if (previous === next) return;
    const keys = previous && PatchedMap.differences(previous, next);
    if (keys) {
        const set = [...keys].flatMap((key) => otherEntry(previous, next, key) ?? []);
        if (set.length > 0) (changes.set as { [K in T]?: TableEntries[K][] })[name] = set;
        return;
    }
    const set = (previous && changedInPlace(previous, next)) ?? changedEntries(previous, next);
    // As many, and none of them new: then all are there. What is no entry at all is the worker's to refuse.
    const isWhole = previous?.size === next.size && set.every((entry) => previous.has(entry?.key));
    const remove = previous === undefined || isWhole ? [] : [...previous.keys()].filter((key) => !next.has(key));
    if (set.length > 0) (changes.set as { [K in T]?: TableEntries[K][] })[name] = set;
    if (remove.length > 0) changes.remove[name] = remove;
}

/** Of a key that both have. Undefined: it says the same. */
function otherEntry<T extends TableName>(
    previous: ReadonlyMap<string, TableEntries[T]>,
    next: ReadonlyMap<string, TableEntries[T]>,
    key: string,
): TableEntries[T] | undefined {
    const [before, now] = [previous.get(key), next.get(key)];
    return before === now || isDeepStrictEqual(before, now) ? undefined : now;
}

/** Undefined: the keys are others, or in another order, which they are after few changes. */
function changedInPlace<T extends TableName>(
    previous: ReadonlyMap<string, TableEntries[T]>,
    next: ReadonlyMap<string, TableEntries[T]>,
): TableEntries[T][] | undefined {
    if (previous.size !== next.size) return undefined;
    const set: TableEntries[T][] = [];
    const befores = previous.values();
    for (const entry of next.values()) {
        const before = befores.next().value;
        if (before === entry) continue;
        if (before?.key !== entry?.key) return undefined;
        if (!isDeepStrictEqual(before, entry)) set.push(entry);
    }
    return set;
}

function changedEntries<T extends TableName>(
    previous: ReadonlyMap<string, TableEntries[T]> | undefined,
    next: ReadonlyMap<string, TableEntries[T]>,
): TableEntries[T][] {
    const set: TableEntries[T][] = [];
    for (const [key, entry] of next) {
        const before = previous?.get(key);
        if (before !== entry && !isDeepStrictEqual(before, entry)) set.push(entry);
    }
    return set;
}

function applyTable<T extends TableName>(
    name: T,
    base: ReadonlyMap<string, TableEntries[T]>,
    delta: TablesDelta,
    result: Partial<MutableTables>,
): void {
    const set = delta.set[name] ?? [];
    const remove = delta.remove[name] ?? [];
    const map = set.length === 0 && remove.length === 0 ? base : new Map(base);
    if (map !== base) {
        for (const key of remove) (map as Map<string, TableEntries[T]>).delete(key);
        for (const entry of set) (map as Map<string, TableEntries[T]>).set(entry.key, entry as TableEntries[T]);
    }
    (result as { [K in T]?: ReadonlyMap<string, TableEntries[K]> })[name] = map;
}
