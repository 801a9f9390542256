/**
 * Redirects in bulk, before any rule: one look-up by the whole path, and one by path and query where there are such. How they are
 * bound: snapshot/features/redirects.ts.
 */
import type { BoundRedirects, RedirectLookup, Snapshot } from "../../snapshot";
import type { Origin, RedirectEntry } from "../../tables";
import { edgeOf } from "../edge-of";
import type { ExchangeState } from "../exchange-state";
import { answer, ON, type Verdict } from "../verdict";

/** As logs call it. */
export const REDIRECTS = "redirect_in_bulk";

export function redirectInBulk(state: ExchangeState): Verdict {
    if (state.snapshot.edge === undefined) return ON;
    const redirects = edgeOf(state)?.redirects;
    if (redirects === undefined) return ON;
    const found = findIn(redirects, state.snapshot, state.path, state.pathname);
    if (found === undefined) return ON;
    if (state.authority === "") return answer(400, "", "", "missing_host_header");
    return answer(found[2], "", "", REDIRECTS, ["location", locationOf(state, found, redirects.keepQuery)]);
}

function findIn(redirects: BoundRedirects, { redirectMaps }: Snapshot, path: string, pathname: string): RedirectEntry | undefined {
    const { own, maps } = redirects;
    let found = findOne(own, path, pathname);
    for (let at = 0; found === undefined && at < maps.length; at++) {
        const map = redirectMaps.get(maps[at]!);
        if (map !== undefined) found = findOne(map, path, pathname);
    }
    return found;
}

function findOne({ byPath, hasQueries }: RedirectLookup, path: string, pathname: string): RedirectEntry | undefined {
    return (hasQueries ? byPath.get(path) : undefined) ?? byPath.get(pathname);
}

/** Absolute, as those of rules (Envoy). A query that was compared has had its say. */
function locationOf({ scheme, authority, path, pathname }: ExchangeState, [from, to]: RedirectEntry, keepQuery: boolean): string {
    const target = to.startsWith("/") ? `${scheme}://${authority}${to}` : to;
    if (!keepQuery || path.length === pathname.length || from.includes("?")) return target;
    const hash = target.indexOf("#");
    const end = hash === -1 ? target.length : hash;
    const query = target.indexOf("?");
    // A query of its own takes the place of the request's (Envoy's path_redirect).
    if (query !== -1 && query < end) return target;
    return `${target.slice(0, end)}${path.slice(pathname.length)}${target.slice(end)}`;
}

/** Who says it: the annotation, or the ConfigMap that it names. Undefined: nobody. */
export function redirectOrigin(state: ExchangeState): Origin | undefined {
    const redirects = edgeOf(state)?.redirects;
    if (redirects === undefined) return undefined;
    const { path, pathname, snapshot } = state;
    if (findOne(redirects.own, path, pathname) !== undefined) return redirects.origin;
    const maps = redirects.maps.flatMap((key) => snapshot.redirectMaps.get(key) ?? []);
    return maps.find((map) => findOne(map, path, pathname) !== undefined)?.entry.origin;
}
