/** Who may pass at a host, in a few words: the policies that are asked there, by their names. */
import { refText } from "../../istio";
import type { RefusalEntry, Tables } from "../../proxy/tables";

/** What a route table, a virtual host or a chain says of access. */
export interface AskedEntry {
    readonly refusal?: RefusalEntry;
    /** AccessEntry key. */
    readonly access?: string;
}

/** Empty: nobody is asked. */
export function accessNotes({ refusal, access }: AskedEntry, tables: Tables): string[] {
    if (refusal) return [`everything is refused by ${refText(refusal.origin)}`];
    const entry = tables.access.get(access ?? "");
    if (entry === undefined) return [];
    const { authentications, custom, audit, deny, allow } = entry;
    const named = (word: string, keys: readonly string[]): string[] =>
        keys.map((key) => `${word} ${key}${isDryRun(key) ? " (dry run)" : ""}`);
    const isDryRun = (key: string): boolean => tables.authorizations.get(key)?.dryRun === true;
    const all = [
        ...named("token", authentications),
        ...custom.map((key) => `CUSTOM ${key}, decided by ${tables.authorizations.get(key)?.provider ?? "nobody"}`),
        ...named("AUDIT", audit),
        ...named("DENY", deny),
        ...named("ALLOW", allow.flat()),
    ];
    return [...new Set(all)];
}

/** Of a virtual host: what its table says counts for all of its hosts. */
export function admissionOfHost({ routeTable, ...own }: AskedEntry & { readonly routeTable: string }, { routeTables }: Tables): AskedEntry {
    const table = routeTables.get(routeTable);
    const refusal = table?.refusal ?? own.refusal;
    const access = table?.access ?? own.access;
    return { ...(refusal === undefined ? {} : { refusal }), ...(access === undefined ? {} : { access }) };
}
