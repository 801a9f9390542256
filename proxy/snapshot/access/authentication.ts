/** RequestAuthentications, bound. */
import type { KeySetEntry, RequestAuthenticationEntry } from "../../tables";

export interface BoundAuthentication {
    readonly entries: readonly RequestAuthenticationEntry[];
}

/** Undefined: no token is asked for. */
export function bindAuthentication(
    entries: readonly RequestAuthenticationEntry[],
    _keySets: ReadonlyMap<string, KeySetEntry>,
): BoundAuthentication | undefined {
    return entries.length === 0 ? undefined : { entries };
}
