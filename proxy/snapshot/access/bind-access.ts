/**
 * Who may pass, bound: of each AccessEntry what the passes ask, each part undefined where nothing is asked, so that a request
 * that nobody asks about pays for one comparison a pass. Bound anew is what names a changed key; all others are the same
 * objects as before. Where a part can't be bound nobody is let in (and nothing of the version before is served on: it may
 * have let in more).
 */
import type { AccessEntry, AuthorizationPolicyEntry, TableName, Tables } from "../../tables";
import type { Changes } from "../changes";
import type { BindFault, Snapshot } from "../snapshot";
import { closedAccess, type BoundAccess } from "./access";
import { bindAuthentication } from "./authentication";
import { bindAuthorization, bindConnections } from "./authorization";
import { bindExternal } from "./external";
import { NOWHERE, PartFault } from "./part-fault";

export function bindAccess(
    previous: Snapshot | undefined,
    entries: Tables,
    changes: Changes,
    faults: BindFault[],
): ReadonlyMap<string, BoundAccess> {
    const before = previous?.access ?? new Map<string, BoundAccess>();
    if (PARTS.every((table) => changes[table].size === 0)) return before;
    const told = new Set<string>();
    const bound = new Map<string, BoundAccess>();
    for (const [key, entry] of entries.access) {
        const known = before.get(key);
        if (known?.entry === entry && known.refusal === undefined && !isTouched(entry, entries, changes)) bound.set(key, known);
        else bound.set(key, bindEntry(entry, entries, faults, told));
    }
    return bound;
}

const PARTS = ["access", "authorizations", "authentications", "keySets", "providers"] as const satisfies readonly TableName[];

function policiesOf({ custom, audit, deny, allow }: AccessEntry): readonly string[] {
    return [...custom, ...audit, ...deny, ...allow.flat()];
}

function isTouched(entry: AccessEntry, { authentications, authorizations }: Tables, changes: Changes): boolean {
    if (changes.authorizations.size > 0 && policiesOf(entry).some((key) => changes.authorizations.has(key))) return true;
    for (const key of entry.custom) {
        const provider = authorizations.get(key)?.provider;
        if (provider !== undefined && changes.providers.has(provider)) return true;
    }
    for (const key of entry.authentications) {
        if (changes.authentications.has(key)) return true;
        if (changes.keySets.size > 0 && authentications.get(key)?.rules.some(({ keySet }) => changes.keySets.has(keySet))) return true;
    }
    return false;
}

/** One policy may be asked about in many places: its fault is told once. */
function bindEntry(entry: AccessEntry, tables: Tables, faults: BindFault[], told: Set<string>): BoundAccess {
    const policies = (keys: readonly string[]): AuthorizationPolicyEntry[] =>
        keys.map((key) => found("authorizations", tables.authorizations, key));
    try {
        const authentications = entry.authentications.map((key) => found("authentications", tables.authentications, key));
        const [custom, audit, deny] = [policies(entry.custom), policies(entry.audit), policies(entry.deny)];
        const allow = entry.allow.map(policies);
        return {
            entry,
            authentication: bindAuthentication(authentications, tables.keySets),
            external: bindExternal(custom, tables.providers),
            authorization: bindAuthorization(audit, deny, allow),
            connections: bindConnections(custom, audit, deny, allow, tables.providers),
            refusal: undefined,
        };
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const fault: BindFault = error instanceof PartFault ? error.fault : { table: "access", key: entry.key, origin: NOWHERE, message };
        if (!told.has(`${fault.table} ${fault.key}`)) faults.push(fault);
        told.add(`${fault.table} ${fault.key}`);
        return closedAccess(entry);
    }
}

function found<V>(table: TableName, entries: ReadonlyMap<string, V>, key: string): V {
    const entry = entries.get(key);
    if (entry === undefined) throw new Error(`${key} is asked about and is not among the ${table}`);
    return entry;
}
