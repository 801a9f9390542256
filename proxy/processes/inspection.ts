/** What a worker holds now, for people: its endpoints as it knows them, and the certificates that it serves. */
import type { EndpointState, WorkerInspection } from "../admin";
import type { Snapshot } from "../snapshot";
import type { Cluster, Endpoint } from "../upstream";

export function inspectionOf({ version, clusters, chains }: Snapshot): WorkerInspection {
    const all = [...clusters.values()];
    return {
        version,
        endpoints: all.flatMap(endpointsOf),
        unresolved: all.flatMap(({ key, members, resolutionFault: why }) =>
            members.length > 0 || why === "" ? [] : [{ cluster: key, why }],
        ),
        contexts: [...chains].flatMap(([chain, { tls }]) =>
            // Of many most are made when somebody comes: what is not known to fail is served.
            tls ? [{ chain, served: tls.problem === "" || tls.made !== undefined, problem: tls.problem }] : [],
        ),
    };
}

/** Of a cluster that is whatever name it is asked for, those of the names in use. */
function endpointsOf(cluster: Cluster): EndpointState[] {
    return [cluster, ...cluster.parts].flatMap(({ members }) => members.map((endpoint) => endpointState(cluster.key, endpoint)));
}

function endpointState(cluster: string, { text, weight, priority, locality, health, active, connections }: Endpoint): EndpointState {
    return { cluster, address: text, weight, priority, locality, ejected: health.ejected, failing: health.failing, active, connections };
}
