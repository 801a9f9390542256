/** What is told of the last changes of a configuration: what came into force, and what did not. */
import type { ObjectRef } from "../../istio/types";

export interface AppliedChange {
    /** ISO 8601; of several that stand as one, the last. */
    readonly at: string;
    /** Of the tables, from then on. */
    readonly version: number;
    /** How many entries of each table were set and removed. */
    readonly tables: Readonly<Record<string, { readonly set: number; readonly removed: number }>>;
    /** What they came from; of many the first. None is named of the first tables, which came from all of them. */
    readonly objects: readonly ObjectRef[];
    /** How many objects more. */
    readonly more: number;
    /** Changes of endpoints alone that follow each other stand as one: so many. */
    readonly times: number;
}

export interface Reject {
    readonly at: string;
    /** `failed`: a fault of the proxy's own. */
    readonly kind: "rejected" | "resolved" | "failed";
    readonly code?: string;
    readonly object?: ObjectRef;
    readonly field?: string;
    readonly reason: string;
    readonly fix?: string;
}

/** The newest first. */
export interface ChangesReport {
    readonly version: number;
    readonly changes: readonly AppliedChange[];
    readonly rejects: readonly Reject[];
}
