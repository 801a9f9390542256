/**
 * Which chain a server name is for, as in Envoy: of the exact name, else of the longest wildcard, else of any name. There is
 * one index of it: connections are given to chains by it, misdirected requests are told by it, and explain asks it.
 */
import { HostIndex, SharedMap, type FilterChainEntry } from "../tables";
import type { ChainHosts, FilterChain, Snapshot } from "./snapshot";

/** `serverName`: lower-case; empty: none was sent, or the listener is plaintext. */
export function chainFor(
    { chains, chainHosts }: Pick<Snapshot, "chains" | "chainHosts">,
    listener: string,
    serverName: string,
): FilterChain | undefined {
    const key = chainHosts.get(listener)?.chains.find(serverName);
    return key === undefined ? undefined : chains.get(key);
}

/** As the index of hosts has them; a chain without names is for any name, and for none. */
function servedNames({ serverNames }: FilterChainEntry): readonly string[] {
    return serverNames.length === 0 ? ["*"] : serverNames;
}

/** Throws for names that no index takes. */
export function checkServedNames(entry: FilterChainEntry): void {
    new HostIndex<true>().changed(servedNames(entry).map((name) => [name, true]));
}

export function isMutual(chain: FilterChainEntry): boolean {
    return chain.tls !== undefined && (chain.tls.mode === "MUTUAL" || chain.tls.mode === "OPTIONAL_MUTUAL");
}

/** Whether a client's certificate that is shown is one that has been verified. */
export function verifiesClients({ tls }: FilterChainEntry): boolean {
    return tls !== undefined && tls.mode !== "PASSTHROUGH" && tls.mode !== "SIMPLE" && !tls.insecureSkipVerify;
}

/** The index with these chains, where undefined stands for one that is gone. */
export function indexServerNames(
    last: SharedMap<ChainHosts>,
    before: ReadonlyMap<string, FilterChain>,
    bound: readonly (readonly [string, FilterChain | undefined])[],
): SharedMap<ChainHosts> {
    const names = new Map<string, Map<string, string | undefined>>();
    const mutual = new Map<string, number>();
    const note = (chain: FilterChainEntry, isThere: boolean): void => {
        // Without a listener it serves nobody.
        if (typeof chain.listener !== "string") return;
        let changed = names.get(chain.listener);
        if (changed === undefined) names.set(chain.listener, (changed = new Map<string, string | undefined>()));
        for (const name of servedNames(chain)) {
            if (isThere) changed.set(name, chain.key);
            // Taken back is only what is still its own.
            else if (last.get(chain.listener)?.chains.at(name) === chain.key) changed.set(name, undefined);
        }
        if (isMutual(chain)) mutual.set(chain.listener, (mutual.get(chain.listener) ?? 0) + (isThere ? 1 : -1));
    };
    // Another certificate alone changes no name.
    const changed = bound.filter(([key, chain]) => chain === undefined || before.get(key)?.entry !== chain.entry);
    // All names go before any comes, so that a name may move from one chain to another.
    for (const [key] of changed) {
        const old = before.get(key);
        if (old !== undefined) note(old.entry, false);
    }
    for (const [, chain] of changed) if (chain !== undefined) note(chain.entry, true);
    return last.changed(
        [...names].map(([listener, served]) => {
            const chains = (last.get(listener)?.chains ?? new HostIndex<string>()).changed(served);
            const count = (last.get(listener)?.mutual ?? 0) + (mutual.get(listener) ?? 0);
            return [listener, chains.size === 0 ? undefined : { chains, mutual: count }] as const;
        }),
    );
}
