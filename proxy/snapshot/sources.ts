/** Workloads by their addresses, for those who ask whether a client is one of them. */
import { readAddress, writtenAddress } from "../net/ip-address";
import type { Tables } from "../tables";
import { attempt, type Changes } from "./changes";
import type { BindFault, Snapshot } from "./snapshot";

export function bindSources(previous: Snapshot | undefined, entries: Tables, changes: Changes, faults: BindFault[]): Snapshot["sources"] {
    if (previous !== undefined && changes.sources.size === 0) return previous.sources;
    const sources = new Map<string, ReadonlySet<string>>();
    // One that can't be bound is nobody: whoever asks for it is kept out.
    for (const [key, entry] of entries.sources)
        attempt("sources", entry, faults, () => sources.set(key, previousOf(previous, entry) ?? new Set(entry.addresses.map(inOneForm))));
    return sources;
}

/** Whether a client at this address may be led to the cluster: everybody, where nobody says who; else whom nobody knows may not. */
export function mayReach({ entries, sources }: Pick<Snapshot, "entries" | "sources">, cluster: string, address: string): boolean {
    // Of the entry as it is now: a cluster that could not take it over is served as it was.
    const key = entries.clusters.get(cluster)?.allowFrom;
    return key === undefined || sources.get(key)?.has(address) === true;
}

/** As sockets say them. */
function inOneForm(address: string): string {
    const read = readAddress(address);
    return read === undefined ? address : writtenAddress(read);
}

function previousOf(previous: Snapshot | undefined, entry: { readonly key: string }): ReadonlySet<string> | undefined {
    return previous?.entries.sources.get(entry.key) === entry ? previous.sources.get(entry.key) : undefined;
}
