/** Redirects in bulk as a worker looks them up: by path, and by path and query where one has a query. */
import { redirectKey } from "../../../istio/semantics";
import type { EdgePart, Origin, RedirectEntry, RedirectMapEntry } from "../../tables";

export interface BoundRedirects {
    readonly origin: Origin;
    readonly keepQuery: boolean;
    readonly own: RedirectLookup;
    /** RedirectMapEntry keys, in the order in which they are looked into. */
    readonly maps: readonly string[];
}

export interface RedirectLookup {
    readonly byPath: ReadonlyMap<string, RedirectEntry>;
    readonly hasQueries: boolean;
}

export interface BoundRedirectMap extends RedirectLookup {
    readonly entry: RedirectMapEntry;
}

export function bindRedirects({ value, origin }: EdgePart<"redirects">): BoundRedirects {
    const own = lookupOf(value.list.map(({ from, to, status }) => [from, to, status]));
    return { origin, keepQuery: value.keepQuery, own, maps: value.configMaps };
}

export function bindRedirectMap(entry: RedirectMapEntry): BoundRedirectMap {
    return { entry, ...lookupOf(entry.redirects) };
}

/** In the form that requests are routed by. Of two that come to one path the first holds. */
function lookupOf(redirects: readonly RedirectEntry[]): RedirectLookup {
    const byPath = new Map<string, RedirectEntry>();
    let hasQueries = false;
    for (const redirect of redirects) {
        const from = redirectKey(redirect[0]);
        if (byPath.has(from)) continue;
        byPath.set(from, redirect);
        hasQueries ||= from.includes("?");
    }
    return { byPath, hasQueries };
}
