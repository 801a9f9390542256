/** Who may pass at a host, in a few words: the policies that are asked there, by their names. */
import { refText } from "../../istio";
import { moreSpecific } from "../../istio/semantics";
import { hostOf, type AttributeTestEntry, type AuthorizationRuleEntry, type RefusalEntry, type Tables } from "../../proxy/tables";

/** What a route table, a virtual host or a chain says of access. */
export interface AskedEntry {
    readonly refusal?: RefusalEntry;
    /** AccessEntry key. */
    readonly access?: string;
}

/** `host`: a name or a pattern. Empty: nobody is asked. Of policies that let in, all count: whom none of them lets in is denied. */
export function accessNotes({ refusal, access }: AskedEntry, host: string, tables: Tables): string[] {
    if (refusal) return [`everything is refused by ${refText(refusal.origin)}`];
    const entry = tables.access.get(access ?? "");
    if (entry === undefined) return [];
    const { authentications, custom, audit, deny, allow } = entry;
    const concerns = (key: string): boolean => tables.authorizations.get(key)?.rules.some((rule) => mayBeFor(host, rule)) ?? true;
    const named = (word: string, keys: readonly string[]): string[] =>
        keys.map((key) => `${word} ${key}${isDryRun(key) ? " (dry run)" : ""}`);
    const isDryRun = (key: string): boolean => tables.authorizations.get(key)?.dryRun === true;
    const all = [
        ...named("token", authentications),
        ...custom.filter(concerns).map((key) => `CUSTOM ${key}, decided by ${tables.authorizations.get(key)?.provider ?? "nobody"}`),
        ...named("AUDIT", audit.filter(concerns)),
        ...named("DENY", deny.filter(concerns)),
        ...named("ALLOW", allow.flat()),
    ];
    return [...new Set(all)];
}

/** Whether a rule can hold for a request of the host. */
function mayBeFor(host: string, { to }: AuthorizationRuleEntry): boolean {
    return to.length === 0 || to.some((tests) => tests.every((test) => mayFit(host, test)));
}

function mayFit(host: string, { attribute, values }: AttributeTestEntry): boolean {
    if (attribute.kind !== "host" || values.length === 0) return true;
    return values.some((value) => {
        if (value.kind === "exact") return moreSpecific(hostOf(value.value), host) !== undefined;
        if (value.kind === "suffix")
            return !value.value.startsWith(".") || moreSpecific(`*${value.value.toLowerCase()}`, host) !== undefined;
        // `shop.test:*`: a name with any port.
        if (value.kind === "prefix" && value.value.endsWith(":")) return moreSpecific(hostOf(value.value.slice(0, -1)), host) !== undefined;
        return true;
    });
}

/** Of a virtual host: what its table says counts for all of its hosts. */
export function admissionOfHost({ routeTable, ...own }: AskedEntry & { readonly routeTable: string }, { routeTables }: Tables): AskedEntry {
    const table = routeTables.get(routeTable);
    const refusal = table?.refusal ?? own.refusal;
    const access = table?.access ?? own.access;
    return { ...(refusal === undefined ? {} : { refusal }), ...(access === undefined ? {} : { access }) };
}
