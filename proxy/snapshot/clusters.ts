/** Clusters are not made anew but told of a change, so that their connections live on from snapshot to snapshot. */
import { Cluster, secretsOfUpstream, type UpstreamServices } from "../upstream";
import type { ClusterEntry, SharedMap, Tables } from "../tables";
import { attempt, sharedMap, type Changes } from "./changes";
import type { BindFault, Snapshot } from "./snapshot";

export function bindClusters(
    previous: Snapshot | undefined,
    entries: Tables,
    changes: Changes,
    services: UpstreamServices,
    faults: BindFault[],
): { readonly clusters: SharedMap<Cluster>; readonly commit: () => void } {
    const before = sharedMap(previous?.clusters);
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
        if (cluster === undefined) before.get(key)?.leave();
        else attempt("clusters", cluster.entry, faults, () => cluster.setEndpoints(entries.endpoints.get(key)));
    }
    for (const [key, entry] of changes.clusters)
        if (entry) attempt("clusters", entry, faults, () => updateCluster(before.get(key), entry, entries));
    for (const [key, entry] of changes.endpoints) {
        // One that has left keeps its endpoints for who began before.
        if (after.has(key)) attempt("endpoints", entry ?? { key }, faults, () => before.get(key)?.setEndpoints(entry));
    }
    if (changes.secrets.size === 0) return;
    for (const cluster of after.values())
        if (usesSecret(cluster, changes)) attempt("clusters", cluster.entry, faults, () => updateCluster(cluster, cluster.entry, entries));
}

function updateCluster(cluster: Cluster | undefined, entry: ClusterEntry, { secrets }: Tables): void {
    const error = cluster?.update(entry, secrets);
    if (error !== undefined) throw error;
}

function usesSecret(cluster: Cluster, changes: Changes): boolean {
    const { tls } = cluster.entry;
    return tls !== undefined && secretsOfUpstream(tls).some((key) => changes.secrets.has(key));
}
