/**
 * From tables to a snapshot, at the cost of what changed: a changed virtual host is compiled and put in its place, all
 * others are the same objects as before. Clusters are not made anew but told of the change, so that their connections
 * live on. A route that cannot be bound refuses its requests, another entry keeps the version before it; either is named
 * in `faults`, and nothing throws.
 */
import { Cluster, type UpstreamServices } from "../upstream";
import {
    HostIndex,
    SharedMap,
    type FilterChainEntry,
    type Origin,
    type TableEntries,
    type TableName,
    type Tables,
    type TablesDelta,
} from "../tables";
import { bindVirtualHost, refusedHost, type VirtualHost } from "./route";
import type { BindFault, RouteTable, Snapshot, ChainHosts } from "./snapshot";

const TABLES = [
    "listeners",
    "chains",
    "routeTables",
    "virtualHosts",
    "clusters",
    "endpoints",
    "secrets",
    "accessLogs",
] as const satisfies readonly TableName[];

/** A delta that is not `full` must follow the version that `previous` has. */
export function bindSnapshot(previous: Snapshot | undefined, delta: TablesDelta, services: UpstreamServices): Snapshot {
    const { snapshot, commit } = prepareSnapshot(previous, delta, services);
    commit();
    return snapshot;
}

/** Until `commit`, nothing of what `previous` serves has changed: where this throws, it serves on. */
export function prepareSnapshot(
    previous: Snapshot | undefined,
    delta: TablesDelta,
    services: UpstreamServices,
): { readonly snapshot: Snapshot; readonly commit: () => void } {
    const before = previous?.entries ?? emptyEntries();
    const changes = delta.full ? fullChanges(before, delta) : changesOf(delta);
    const entries = applied(before, changes);
    const faults: BindFault[] = [];
    const { clusters, commit } = bindClusters(previous, entries, changes, services, faults);
    const snapshot = {
        version: delta.version,
        entries,
        routeTables: bindRouteTables(previous, entries, changes, faults),
        clusters,
        chainHosts: bindChainHosts(previous, before, entries, changes, faults),
        faults,
    };
    return { snapshot, commit };
}

/** What goes wrong with one entry is that entry's fault and stops no other. */
function attempt(table: TableName, entry: { readonly key: string; readonly origin?: Origin }, faults: BindFault[], bind: () => void): void {
    try {
        bind();
    } catch (error) {
        const origin = entry.origin ?? { kind: "", namespace: "", name: "", field: "" };
        faults.push({ table, key: entry.key, origin, message: error instanceof Error ? error.message : String(error) });
    }
}

/** Entries by key; undefined: removed. */
type Changes = { readonly [T in TableName]: ReadonlyMap<string, TableEntries[T] | undefined> };

function emptyEntries(): Tables {
    return Object.fromEntries(TABLES.map((name) => [name, new SharedMap()])) as unknown as Tables;
}

function changesOf(delta: TablesDelta): Changes {
    const of = <T extends TableName>(name: T): Map<string, TableEntries[T] | undefined> => {
        const changes = new Map<string, TableEntries[T] | undefined>();
        for (const key of delta.remove[name] ?? []) changes.set(key, undefined);
        for (const entry of (delta.set[name] ?? []) as readonly TableEntries[T][]) changes.set(entry.key, entry);
        return changes;
    };
    return Object.fromEntries(TABLES.map((name) => [name, of(name)])) as unknown as Changes;
}

/** A delta that starts from nothing, on top of what is there: what it does not set is removed. */
function fullChanges(before: Tables, delta: TablesDelta): Changes {
    const changes = changesOf({ ...delta, remove: {} });
    for (const name of TABLES) {
        const table = changes[name] as Map<string, unknown>;
        for (const key of before[name].keys()) if (!table.has(key)) table.set(key, undefined);
    }
    return changes;
}

function applied(before: Tables, changes: Changes): Tables {
    const of = <T extends TableName>(name: T): ReadonlyMap<string, TableEntries[T]> =>
        (before[name] as unknown as SharedMap<TableEntries[T]>).changed(changes[name]);
    return Object.fromEntries(TABLES.map((name) => [name, of(name)])) as unknown as Tables;
}

// --- route tables --------------------------------------------------------------------------------------------------

function bindRouteTables(previous: Snapshot | undefined, entries: Tables, changes: Changes, faults: BindFault[]): SharedMap<RouteTable> {
    const before = (previous?.routeTables as SharedMap<RouteTable> | undefined) ?? new SharedMap<RouteTable>();
    const domains = new Map<string, Map<string, VirtualHost | undefined>>();
    const change = (table: string, domain: string, host: VirtualHost | undefined): void => {
        let changed = domains.get(table);
        if (changed === undefined) domains.set(table, (changed = new Map<string, VirtualHost | undefined>()));
        changed.set(domain, host);
    };
    for (const [key, entry] of changes.virtualHosts) {
        const old = previous?.entries.virtualHosts.get(key);
        if (old !== undefined && (entry === undefined || old.domain !== entry.domain || old.routeTable !== entry.routeTable)) {
            change(old.routeTable, old.domain, undefined);
        }
    }
    for (const [key, entry] of changes.virtualHosts) {
        if (entry === undefined) continue;
        // The same whatever was served before: a worker that was there must answer as one that comes later.
        const known = faults.length;
        attempt("virtualHosts", entry, faults, () => {
            const bound = bindVirtualHost(entry);
            for (const fault of bound.faults) faults.push({ table: "virtualHosts", key, ...fault });
            change(entry.routeTable, entry.domain, bound.host);
        });
        // Left out, it would leave its host to a wildcard's rules.
        const isThere = domains.get(entry.routeTable)?.get(entry.domain) !== undefined;
        if (!isThere && typeof entry.domain === "string")
            change(entry.routeTable, entry.domain, refusedHost(entry, faults[known]?.message ?? ""));
    }
    for (const key of changes.routeTables.keys()) if (!domains.has(key)) domains.set(key, new Map());
    return before.changed(
        [...domains].map(([key, changed]) => {
            const hosts = (before.get(key)?.hosts ?? new HostIndex<VirtualHost>()).changed(changed);
            const entry = entries.routeTables.get(key);
            return [key, entry === undefined && hosts.size === 0 ? undefined : { key, entry, hosts }] as const;
        }),
    );
}

// --- clusters ------------------------------------------------------------------------------------------------------

function bindClusters(
    previous: Snapshot | undefined,
    entries: Tables,
    changes: Changes,
    services: UpstreamServices,
    faults: BindFault[],
): { readonly clusters: SharedMap<Cluster>; readonly commit: () => void } {
    const before = (previous?.clusters as SharedMap<Cluster> | undefined) ?? new SharedMap<Cluster>();
    const made: [string, Cluster | undefined][] = [];
    for (const [key, entry] of changes.clusters) {
        if (entry === undefined) made.push([key, undefined]);
        else if (!before.has(key))
            attempt("clusters", entry, faults, () => made.push([key, new Cluster(services, entry, undefined, entries.secrets)]));
    }
    const after = before.changed(made);
    return { clusters: after, commit: () => changeClusters(before, after, made, entries, changes, faults) };
}

/** Tells clusters, which live on from snapshot to snapshot, what changed. */
function changeClusters(
    before: SharedMap<Cluster>,
    after: SharedMap<Cluster>,
    made: readonly (readonly [string, Cluster | undefined])[],
    entries: Tables,
    changes: Changes,
    faults: BindFault[],
): void {
    for (const [key, cluster] of made) {
        if (cluster === undefined) before.get(key)?.drain();
        else attempt("clusters", cluster.entry, faults, () => cluster.setEndpoints(entries.endpoints.get(key)));
    }
    for (const [key, entry] of changes.clusters)
        if (entry) attempt("clusters", entry, faults, () => before.get(key)?.update(entry, entries.secrets));
    for (const [key, entry] of changes.endpoints)
        attempt("endpoints", entry ?? { key }, faults, () => before.get(key)?.setEndpoints(entry));
    if (changes.secrets.size === 0) return;
    for (const cluster of after.values())
        if (usesSecret(cluster, changes)) attempt("clusters", cluster.entry, faults, () => cluster.update(cluster.entry, entries.secrets));
}

function usesSecret(cluster: Cluster, changes: Changes): boolean {
    const { tls } = cluster.entry;
    return tls !== undefined && [tls.secret, tls.caSecret].some((key) => key !== undefined && changes.secrets.has(key));
}

// --- chains --------------------------------------------------------------------------------------------------------

function bindChainHosts(
    previous: Snapshot | undefined,
    before: Tables,
    entries: Tables,
    changes: Changes,
    faults: BindFault[],
): SharedMap<ChainHosts> {
    const last = (previous?.chainHosts as SharedMap<ChainHosts> | undefined) ?? new SharedMap<ChainHosts>();
    const names = new Map<string, Map<string, FilterChainEntry | undefined>>();
    const mutual = new Map<string, number>();
    const note = (chain: FilterChainEntry, value: FilterChainEntry | undefined): void => {
        const served = servedNames(chain);
        // Without a listener it serves nobody.
        if (typeof chain.listener !== "string" || served.length === 0) return;
        let changed = names.get(chain.listener);
        if (changed === undefined) names.set(chain.listener, (changed = new Map<string, FilterChainEntry | undefined>()));
        for (const name of served) {
            // Taken back is only what is still its own.
            if (value !== undefined || last.get(chain.listener)?.chains.at(name)?.key === chain.key) changed.set(name, value);
        }
        if (isMutual(chain)) mutual.set(chain.listener, (mutual.get(chain.listener) ?? 0) + (value === undefined ? -1 : 1));
    };
    // All names go before any comes, so that a name may move from one chain to another.
    for (const key of changes.chains.keys()) {
        const old = before.chains.get(key);
        if (old !== undefined) attempt("chains", old, faults, () => note(old, undefined));
    }
    for (const key of changes.chains.keys()) {
        const now = entries.chains.get(key);
        if (now !== undefined) attempt("chains", now, faults, () => note(now, now));
    }
    return last.changed(
        [...names].map(([listener, changed]) => {
            const chains = (last.get(listener)?.chains ?? new HostIndex<FilterChainEntry>()).changed(changed);
            const count = (last.get(listener)?.mutual ?? 0) + (mutual.get(listener) ?? 0);
            return [listener, chains.size === 0 ? undefined : { chains, mutual: count }] as const;
        }),
    );
}

/** As the index of hosts has them; a chain without names is for any name, and for none. */
export function servedNames({ serverNames }: FilterChainEntry): readonly string[] {
    return serverNames.length === 0 ? ["*"] : serverNames;
}

export function isMutual(chain: FilterChainEntry): boolean {
    return chain.tls !== undefined && (chain.tls.mode === "MUTUAL" || chain.tls.mode === "OPTIONAL_MUTUAL");
}
