/** What is given to clients in the place of plain answers that say what went wrong. */
import type { Origin } from "./origin";

/** Of one object. Key: `VirtualService shop/web`; of the whole gateway `EVERY_HOST`. */
export interface ErrorPagesEntry {
    readonly key: string;
    readonly pages: readonly ErrorPageEntry[];
    readonly origin: Origin;
}

export interface ErrorPageEntry {
    /** From and to, both included, from 400 on. */
    readonly statuses: readonly (readonly [from: number, to: number])[];
    /** For answers of our own, or for the backends' too. */
    readonly of: "gateway" | "all";
    /** In each form that there is; values are put in the place of `{{name}}`. */
    readonly json?: string;
    readonly text?: string;
    readonly html?: string;
}

/** Key of the pages that are for whatever has none of its own, unknown hosts among it. */
export const EVERY_HOST = "*";
