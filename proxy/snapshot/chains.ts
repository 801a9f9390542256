/**
 * Filter chains with the TLS servers they are served by. A chain is bound when its entry or a secret that it uses has
 * changed; where its new certificates can't be used, those before serve on. All others are the same objects as before. One that
 * can't be bound lets nobody in whom it would have kept out.
 */
import { isDeepStrictEqual } from "node:util";
import { bindTls, MAX_UNUSED, secretsOf as secretsOfTls, type ChainContext } from "../tls";
import type { FilterChainEntry, SharedMap, Tables } from "../tables";
import { attempt, sharedMap, type Changes } from "./changes";
import { certificateFinding } from "./findings";
import { checkServedNames, indexServerNames } from "./server-names";
import type { BindFault, FilterChain, Snapshot } from "./snapshot";

/** As logs call it. */
const NOT_SERVED = "filter_chain_not_served";

type Fronts = Pick<Snapshot, "chains" | "chainHosts" | "secretUsers" | "unserved">;
/** By key; undefined: removed. */
type BoundChains = readonly (readonly [string, FilterChain | undefined])[];

/** Until `commit` everybody is still served by the chains before. */
export function bindChains(
    previous: Fronts | undefined,
    entries: Tables,
    changes: Changes,
    isFull: boolean,
    context: ChainContext | undefined,
    faults: BindFault[],
): Fronts & { readonly commit: () => void } {
    const before = sharedMap(previous?.chains);
    const touched = touchedChains(previous, changes);
    // A worker that replaces another one among thousands of hosts serves its first client before it has built all of them.
    const isDeferred = isFull && touched.size > MAX_UNUSED;
    const bound: [string, FilterChain | undefined][] = [];
    for (const key of touched) {
        const entry = entries.chains.get(key);
        if (entry === undefined) bound.push([key, undefined]);
        else {
            let chain: FilterChain | undefined;
            attempt("chains", entry, faults, () => (chain = bindChain(entry, entries, before.get(key), context, isDeferred)));
            chain ??= standIn(entry, before.get(key));
            if (chain !== undefined) bound.push([key, chain]);
        }
    }
    return {
        chains: before.changed(bound),
        chainHosts: indexServerNames(sharedMap(previous?.chainHosts), before, bound),
        secretUsers: usersOfSecrets(sharedMap(previous?.secretUsers), before, bound),
        unserved: sharedMap(previous?.unserved).changed(bound.map(([key, chain]) => [key, chain && certificateFinding(chain)])),
        commit: () => forgetServers(before, bound),
    };
}

function touchedChains(previous: Fronts | undefined, changes: Changes): ReadonlySet<string> {
    const touched = new Set(changes.chains.keys());
    for (const secret of changes.secrets.keys()) for (const key of previous?.secretUsers.get(secret) ?? []) touched.add(key);
    return touched;
}

function bindChain(
    entry: FilterChainEntry,
    { secrets }: Tables,
    before: FilterChain | undefined,
    context: ChainContext | undefined,
    isDeferred: boolean,
): FilterChain {
    checkServedNames(entry);
    if (context === undefined || !entry.tls || entry.tls.mode === "PASSTHROUGH") return { entry, tls: undefined };
    return { entry, tls: bindTls(entry, entry.tls, secrets, context, before?.tls, isDeferred) };
}

/** What serves where a chain can't be bound: the one before, if it lets nobody in who may not come in now; else nobody is. */
function standIn(entry: FilterChainEntry, before: FilterChain | undefined): FilterChain | undefined {
    if (before !== undefined && isDeepStrictEqual(gateOf(before.entry), gateOf(entry))) return before;
    const { key, listener, target, origin } = entry;
    for (const { serverNames } of before === undefined ? [entry] : [entry, before.entry]) {
        const closed: FilterChainEntry = { key, listener, serverNames, target, refusal: { detail: NOT_SERVED, origin }, origin };
        // Left out, it would leave its names to a wildcard's.
        if (isIndexed(closed)) return { entry: closed, tls: undefined };
    }
    return undefined;
}

/** What it asks of those whom it lets in. */
function gateOf({ listener, tls, refusal, access }: FilterChainEntry): unknown {
    return { listener, tls: tls && { ...tls, secrets: undefined }, refusal, access };
}

function isIndexed(entry: FilterChainEntry): boolean {
    try {
        checkServedNames(entry);
        return true;
    } catch {
        return false;
    }
}

function secretsOf(chain: FilterChain | undefined): readonly string[] {
    const tls = chain?.entry.tls;
    return !tls || tls.mode === "PASSTHROUGH" ? [] : secretsOfTls(tls);
}

/** A chain that uses what it used before costs nothing, however many others use it too. */
function usersOfSecrets(
    last: SharedMap<Iterable<string>>,
    before: ReadonlyMap<string, FilterChain>,
    bound: BoundChains,
): SharedMap<Iterable<string>> {
    const changed = new Map<string, Set<string>>();
    const usersOf = (secret: string): Set<string> => {
        let users = changed.get(secret);
        if (users === undefined) changed.set(secret, (users = new Set(last.get(secret))));
        return users;
    };
    for (const [key, chain] of bound) {
        const [old, now] = [secretsOf(before.get(key)), secretsOf(chain)];
        for (const secret of old) if (!now.includes(secret)) usersOf(secret).delete(key);
        for (const secret of now) if (!old.includes(secret)) usersOf(secret).add(key);
    }
    return last.changed([...changed].map(([secret, users]) => [secret, kept(users)] as const));
}

/** Most secrets have one user, which in a list takes a quarter of the memory. */
function kept(users: ReadonlySet<string>): Iterable<string> | undefined {
    return users.size > 1 ? users : users.size === 1 ? [...users] : undefined;
}

/** A server that nobody is handed to any more need not be kept; connections that it has accepted live on. */
function forgetServers(before: ReadonlyMap<string, FilterChain>, bound: BoundChains): void {
    const kept = new Set(bound.map(([, chain]) => chain?.tls?.made));
    for (const [key] of bound) {
        const server = before.get(key)?.tls?.made;
        if (server && !kept.has(server)) server.forget();
    }
}
