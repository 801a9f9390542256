/** What is wrong with one object that access is made of: thrown by those who bind it, told in its name. */
import type { Origin, TableName } from "../../tables";

interface Fault {
    readonly table: TableName;
    readonly key: string;
    readonly origin: Origin;
    readonly message: string;
}

/** Of what no object says. */
export const NOWHERE: Origin = { group: "", kind: "", namespace: "", name: "", field: "" };

export class PartFault extends Error {
    readonly fault: Fault;

    constructor(fault: Fault) {
        super(fault.message);
        this.fault = fault;
    }
}

/** Each entry is bound once as long as it is the same object, however many ask about it. */
export function bindOnce<Entry extends { readonly key: string; readonly origin: Origin }, Bound extends object>(
    table: TableName,
    bind: (entry: Entry) => Bound,
): (entry: Entry) => Bound {
    const known = new WeakMap<Entry, Bound>();
    return (entry) => {
        let bound = known.get(entry);
        if (bound !== undefined) return bound;
        bound = bindPart(table, entry, bind);
        known.set(entry, bound);
        return bound;
    };
}

/** Throws in the name of the entry. */
export function bindPart<Entry extends { readonly key: string; readonly origin: Origin }, Bound>(
    table: TableName,
    entry: Entry,
    bind: (entry: Entry) => Bound,
): Bound {
    try {
        return bind(entry);
    } catch (reason) {
        const message = reason instanceof Error ? reason.message : String(reason);
        const error = new PartFault({ table, key: entry.key, origin: entry.origin, message });
        throw error;
    }
}
