/** Where workloads stand: what the labels of their nodes say, and their own where they know better. */
import { HOSTNAME_LABEL, localityOfNode, localityOfPod, REGION_LABEL, topologyLabels, ZONE_LABEL } from "../../../istio/semantics/locality";
import type { ObjectContext } from "../context/objects";
import type { Lookup, Value } from "../graph/graph";
import type { BackendLabels } from "../routing/model/backends";

/** `region/zone/subzone`, what is not known at the end left out; and labels that say the same, as subsets and failover compare them. */
export interface WorkloadPlace {
    /** Absent: nothing is known. */
    readonly locality?: string;
    readonly labels: BackendLabels;
}

const NO_LABELS: BackendLabels = {};
const NOWHERE: WorkloadPlace = { labels: NO_LABELS };

type Nodes = ReadonlyMap<string, WorkloadPlace>;

export class Places {
    readonly #nodes: Value<Nodes>;
    readonly #byNode: Lookup<Nodes, string, WorkloadPlace | undefined>;
    /** A zone is of one region: where a slice names a zone alone. */
    readonly #regions: Lookup<Nodes, string, string>;

    constructor({ graph, objects }: ObjectContext) {
        this.#nodes = graph.value(
            () => new Map(objects.nodes.get().map(({ ref, object }) => [ref.name, placeOfNode(ref.name, object.metadata.labels)])),
        );
        this.#byNode = graph.lookup(this.#nodes, (nodes, name) => nodes.get(name), isSamePlace);
        this.#regions = graph.lookup(this.#nodes, regionOf);
    }

    /** Of what runs on a node, as far as the node is known; of what only a zone is known that. */
    of(node: string | undefined, zone: string | undefined): WorkloadPlace {
        const known = node === undefined ? undefined : this.#byNode.get(node);
        if (known) return known;
        if (!zone) return node === undefined ? NOWHERE : { labels: { [HOSTNAME_LABEL]: node } };
        const locality = `${this.#regions.get(zone)}/${zone}`;
        return { locality, labels: { ...topologyLabels(locality), ...(node === undefined ? NO_LABELS : { [HOSTNAME_LABEL]: node }) } };
    }

    /** The same for a pod, whose labels may say otherwise; with all of its labels. */
    ofPod(labels: BackendLabels, node: string | undefined, zone: string | undefined): WorkloadPlace {
        const place = this.of(node, zone);
        const locality = localityOfPod(labels) || place.locality;
        return { ...(locality === undefined ? {} : { locality }), labels: { ...place.labels, ...labels } };
    }
}

function placeOfNode(name: string, labels: BackendLabels = NO_LABELS): WorkloadPlace {
    const locality = localityOfNode(labels);
    return { ...(locality === "" ? {} : { locality }), labels: { ...topologyLabels(locality), [HOSTNAME_LABEL]: name } };
}

function regionOf(nodes: Nodes, zone: string): string {
    for (const { labels } of nodes.values()) if (labels[ZONE_LABEL] === zone) return labels[REGION_LABEL] ?? "";
    return "";
}

function isSamePlace(a: WorkloadPlace | undefined, b: WorkloadPlace | undefined): boolean {
    if (a === b) return true;
    if (a === undefined || b === undefined) return false;
    const names = Object.keys(a.labels);
    return names.length === Object.keys(b.labels).length && names.every((name) => a.labels[name] === b.labels[name]);
}
