/**
 * What a worker could not bind, though the compiler let it pass: a fault of our own, which must stop no other change.
 * A refused entry is served as it last was, or left out, until something else stands in its place.
 */
import { isDeepStrictEqual } from "node:util";
import { finding, type Finding } from "../../istio/findings";
import { aboutOrigin, TABLE_NAMES, type Origin, type TableEntries, type TableName, type Tables, type TablesDelta } from "../tables";

/** One entry, and why it was not taken. */
export interface Refused {
    readonly table: TableName;
    readonly key: string;
    readonly message: string;
}

type Entry = TableEntries[TableName];

interface Refusal extends Refused {
    /** All versions that were refused since one was taken, the one in question last. */
    readonly entries: readonly Entry[];
    /** The last one that was taken. */
    readonly instead: Entry | undefined;
}

/** Tries every entry by itself, and names those that fail. */
export function refusedEntries(delta: TablesDelta, attempt: (alone: TablesDelta) => void): Refused[] {
    return TABLE_NAMES.flatMap((table) =>
        (delta.set[table] ?? []).flatMap((entry): Refused[] => {
            try {
                attempt({ version: delta.version, full: true, set: { [table]: [entry] }, remove: {} });
                return [];
            } catch (error) {
                const key: unknown = (entry as Entry | null)?.key;
                return typeof key === "string" ? [{ table, key, message: error instanceof Error ? error.message : String(error) }] : [];
            }
        }),
    );
}

export class Refusals {
    readonly #all = new Map<string, Refusal>();

    /** Notes what of `sent` a worker refused. `good` is what workers have taken last. False: nothing of it is served any more. */
    add(refused: readonly Refused[], sent: Tables, served: Tables, good: Tables | undefined): boolean {
        const news = refused.filter(({ table, key }) => {
            const entry = sent[table].get(key);
            return entry !== undefined && isDeepStrictEqual(served[table].get(key), entry);
        });
        for (const { table, key, message } of news) {
            const id = `${table} ${key}`;
            const before = this.#all.get(id);
            const entry = sent[table].get(key) as Entry;
            this.#all.set(id, {
                table,
                key,
                message,
                entries: [...(before?.entries ?? []), entry],
                instead: before ? before.instead : good?.[table].get(key),
            });
        }
        return news.length > 0;
    }

    /** The tables with other versions of what was refused. What is not there any more, or has changed, is not refused any more. */
    applied(tables: Tables): Tables {
        if (this.#all.size === 0) return tables;
        const result: Record<string, Map<string, Entry>> = {};
        for (const [id, refusal] of this.#all) {
            const { table, key, instead } = refusal;
            const entry = tables[table].get(key) as Entry | undefined;
            if (entry === undefined || !isIn(refusal, entry)) {
                this.#all.delete(id);
                continue;
            }
            const changed = (result[table] ??= new Map<string, Entry>(tables[table]));
            if (instead !== undefined && !isIn(refusal, instead)) changed.set(key, instead);
            else changed.delete(key);
        }
        return { ...tables, ...result };
    }

    get findings(): readonly Finding[] {
        return [...this.#all.values()].map((refusal) => {
            const origin: Origin | undefined = "origin" in refusal.entries[0]! ? refusal.entries[0].origin : undefined;
            const kept = refusal.instead !== undefined && !isIn(refusal, refusal.instead);
            return finding(
                "GH0487",
                origin ? aboutOrigin(origin) : {},
                `${refusal.key} (${refusal.table}) was refused by a worker: ${refusal.message}; ${kept ? "its last good version is served" : "it is left out"}, everything else is served.`,
                "Undo the last change of this object, and please report this with the object.",
            );
        });
    }
}

function isIn({ entries }: Refusal, entry: Entry): boolean {
    return entries.some((one) => one === entry || isDeepStrictEqual(one, entry));
}
