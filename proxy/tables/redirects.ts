/** Redirects in bulk that stand in an object of their own. */
import type { Origin } from "./origin";

/** Key: the name of the ConfigMap. */
export interface RedirectMapEntry {
    readonly key: string;
    readonly redirects: readonly RedirectEntry[];
    readonly origin: Origin;
}

/** `from` is a path as it is routed by, perhaps with a query. */
export type RedirectEntry = readonly [from: string, to: string, status: number];
