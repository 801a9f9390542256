/**
 * From tables to a snapshot, at the cost of what changed: a changed virtual host is compiled and put in its place, a
 * changed chain gets a TLS server of its own, all others are the same objects as before. What cannot be bound is named in
 * `faults`, and nothing throws: what restricts lets nobody in, another entry keeps the version before it.
 */
import type { ChainContext } from "../tls";
import type { TablesDelta } from "../tables";
import type { UpstreamServices } from "../upstream";
import { bindAccess } from "./access/bind-access";
import { bindChains } from "./chains";
import { applied, changesOf, emptyEntries } from "./changes";
import { bindClusters } from "./clusters";
import { bindEdge } from "./edge";
import { bindErrorPages } from "./error-pages";
import { checkListeners } from "./listener-rules";
import { bindRedirectMaps } from "./redirect-maps";
import { bindLimits } from "./bound-limits";
import { bindRouteTables, type LateFaults } from "./route-tables";
import type { BindFault, Snapshot } from "./snapshot";
import { bindSources } from "./sources";

/** A delta that is not `full` must follow the version that `previous` has. */
export function bindSnapshot(previous: Snapshot | undefined, delta: TablesDelta, upstream: UpstreamServices, tls?: ChainContext): Snapshot {
    const { snapshot, commit } = prepareSnapshot(previous, delta, upstream, tls);
    commit();
    return snapshot;
}

/**
 * Until `commit`, nothing of what `previous` serves has changed: where this throws, it serves on. Without `tls` no chain
 * accepts a handshake: for who only asks what would be chosen. With `late`, where there are thousands of hosts, the routes of each are
 * bound when it is asked for, and what is wrong with them is told then.
 */
export function prepareSnapshot(
    previous: Snapshot | undefined,
    delta: TablesDelta,
    upstream: UpstreamServices,
    tls?: ChainContext,
    late?: LateFaults,
): { readonly snapshot: Snapshot; readonly commit: () => void } {
    const before = previous?.entries ?? emptyEntries();
    const changes = changesOf(before, delta);
    const entries = applied(before, changes);
    const faults: BindFault[] = [];
    checkListeners(changes, faults);
    const access = bindAccess(previous, entries, changes, faults);
    const routeTables = bindRouteTables(previous, entries, changes, faults, late);
    const fronts = bindChains(previous, entries, changes, delta.full, tls, faults);
    const upstreams = bindClusters(previous, entries, changes, upstream, faults);
    const snapshot: Snapshot = {
        version: delta.version,
        entries,
        access,
        routeTables,
        clusters: upstreams.clusters,
        sources: bindSources(previous, entries, changes, faults),
        errorPages: bindErrorPages(previous, entries, changes, faults),
        edge: bindEdge(previous, entries, changes, faults),
        redirectMaps: bindRedirectMaps(previous, entries, changes, faults),
        ...bindLimits(previous, entries, changes, faults),
        chains: fronts.chains,
        chainHosts: fronts.chainHosts,
        secretUsers: fronts.secretUsers,
        unserved: fronts.unserved,
        faults,
    };
    return {
        snapshot,
        commit: () => {
            upstreams.commit();
            fronts.commit();
        },
    };
}
