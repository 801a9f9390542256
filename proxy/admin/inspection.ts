/** What workers hold and have seen beyond what they were sent: endpoints with their health, and the certificates of chains. */

/** An endpoint as one worker knows it. */
export interface EndpointState {
    /** ClusterEntry key. */
    readonly cluster: string;
    /** `10.0.0.1:8080`; of a name, what DNS answered. */
    readonly address: string;
    readonly weight: number;
    readonly priority: number;
    /** `region/zone/subzone`; empty: not known. */
    readonly locality: string;
    /** Put aside for what it answered to requests. */
    readonly ejected: boolean;
    /** Failed its active health check. */
    readonly failing: boolean;
    /** Requests and TCP connections under way. */
    readonly active: number;
    readonly connections: number;
}

/** A cluster without endpoints, and why. */
export interface UnresolvedState {
    readonly cluster: string;
    readonly why: string;
}

/** A chain with TLS that is terminated here. */
export interface ContextState {
    /** FilterChainEntry key. */
    readonly chain: string;
    /** Handshakes are accepted. */
    readonly served: boolean;
    /** Why the certificates of now are not served; empty: they are. With `served`: those from before are. */
    readonly problem: string;
}

/** All of it, of one worker. */
export interface WorkerInspection {
    /** Of the tables it serves. */
    readonly version: number;
    readonly endpoints: readonly EndpointState[];
    readonly unresolved: readonly UnresolvedState[];
    readonly contexts: readonly ContextState[];
}

type OfWorker = Pick<EndpointState, "ejected" | "failing" | "active" | "connections"> & { readonly worker: number };

/** An endpoint as all workers know it: put aside or failing where it is so for one of them, and the sums of what is under way. */
export interface EndpointAnswer extends EndpointState {
    readonly workers: readonly OfWorker[];
}

/** Of these workers it is so. */
interface OfWorkers {
    readonly workers: readonly number[];
}
export type UnresolvedAnswer = UnresolvedState & OfWorkers;
export type ContextAnswer = ContextState & OfWorkers;

/** In the order in which they are known; those with the worker's number. */
export function endpointsOf(inspections: ReadonlyMap<number, WorkerInspection>): EndpointAnswer[] {
    const all = new Map<string, EndpointState & { workers: OfWorker[] }>();
    for (const [worker, { endpoints }] of inspections) {
        for (const one of endpoints) {
            const { ejected, failing, active, connections } = one;
            const key = `${one.cluster} ${one.address}`;
            const before = all.get(key);
            const workers = [...(before?.workers ?? []), { worker, ejected, failing, active, connections }];
            all.set(key, {
                ...(before ?? one),
                ejected: ejected || (before?.ejected ?? false),
                failing: failing || (before?.failing ?? false),
                active: active + (before?.active ?? 0),
                connections: connections + (before?.connections ?? 0),
                workers,
            });
        }
    }
    return [...all.values()];
}

/** Each once, with the workers for which it is so. */
export function unresolvedOf(inspections: ReadonlyMap<number, WorkerInspection>): UnresolvedAnswer[] {
    return joined(
        inspections,
        ({ unresolved }) => unresolved,
        ({ cluster, why }) => `${cluster} ${why}`,
    );
}

export function contextsOf(inspections: ReadonlyMap<number, WorkerInspection>): ContextAnswer[] {
    return joined(
        inspections,
        ({ contexts }) => contexts,
        ({ chain, served, problem }) => `${chain} ${served} ${problem}`,
    );
}

function joined<One>(
    inspections: ReadonlyMap<number, WorkerInspection>,
    listOf: (inspection: WorkerInspection) => readonly One[],
    keyOf: (one: One) => string,
): (One & { workers: number[] })[] {
    const all = new Map<string, One & { workers: number[] }>();
    for (const [worker, inspection] of inspections)
        for (const one of listOf(inspection)) {
            const key = keyOf(one);
            const before = all.get(key);
            if (before) before.workers.push(worker);
            else all.set(key, { ...one, workers: [worker] });
        }
    return [...all.values()];
}
