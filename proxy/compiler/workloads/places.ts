/** Where workloads stand: what the labels of their nodes say, and their own where they know better. */
import type { ObjectContext } from "../context/objects";
import type { Lookup, Value } from "../graph/graph";
import type { BackendLabels } from "../routing/model/backends";

/** `region/zone/subzone`, what is not known at the end left out; and labels that say the same, as subsets and failover compare them. */
export interface WorkloadPlace {
    /** Absent: nothing is known. */
    readonly locality?: string;
    readonly labels: BackendLabels;
}

/** Current label, and the one it had before Kubernetes 1.17. */
const REGION = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"] as const;
const ZONE = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"] as const;
const SUBZONE = "topology.istio.io/subzone";
const HOSTNAME = "kubernetes.io/hostname";
/** On a pod: its locality, with dots where the value of a label can have no slash. */
const LOCALITY_LABELS = ["topology.istio.io/locality", "istio-locality"] as const;

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
        if (!zone) return node === undefined ? NOWHERE : { labels: { [HOSTNAME]: node } };
        const region = this.#regions.get(zone);
        return {
            locality: `${region}/${zone}`,
            labels: {
                ...(region === "" ? NO_LABELS : { [REGION[0]]: region }),
                [ZONE[0]]: zone,
                ...(node === undefined ? NO_LABELS : { [HOSTNAME]: node }),
            },
        };
    }

    /** The same for a pod, whose labels may say otherwise; with all of its labels. */
    ofPod(labels: BackendLabels, node: string | undefined, zone: string | undefined): WorkloadPlace {
        const place = this.of(node, zone);
        const said = LOCALITY_LABELS.map((name) => labels[name]).find((text) => text !== undefined && text !== "");
        const locality = said === undefined ? place.locality : localityText(said.replaceAll(".", "/"));
        return { ...(locality === undefined ? {} : { locality }), labels: { ...place.labels, ...labels } };
    }
}

/** What of `region/zone/subzone` is said, without what is empty at its end; undefined: nothing. */
export function localityText(text: string): string | undefined {
    const parts = text.split("/").slice(0, 3);
    while (parts.length > 0 && parts.at(-1) === "") parts.pop();
    return parts.length === 0 ? undefined : parts.join("/");
}

function placeOfNode(name: string, labels: BackendLabels = NO_LABELS): WorkloadPlace {
    const region = REGION.map((label) => labels[label]).find(Boolean) ?? "";
    const zone = ZONE.map((label) => labels[label]).find(Boolean) ?? "";
    // A subzone is part of a place, and none by itself.
    const subzone = region === "" && zone === "" ? "" : (labels[SUBZONE] ?? "");
    const locality = localityText(`${region}/${zone}/${subzone}`);
    return {
        ...(locality === undefined ? {} : { locality }),
        labels: {
            ...(region === "" ? NO_LABELS : { [REGION[0]]: region }),
            ...(zone === "" ? NO_LABELS : { [ZONE[0]]: zone }),
            ...(subzone === "" ? NO_LABELS : { [SUBZONE]: subzone }),
            [HOSTNAME]: name,
        },
    };
}

function regionOf(nodes: Nodes, zone: string): string {
    for (const { labels } of nodes.values()) if (labels[ZONE[0]] === zone) return labels[REGION[0]] ?? "";
    return "";
}

function isSamePlace(a: WorkloadPlace | undefined, b: WorkloadPlace | undefined): boolean {
    if (a === b) return true;
    if (a === undefined || b === undefined) return false;
    const names = Object.keys(a.labels);
    return names.length === Object.keys(b.labels).length && names.every((name) => a.labels[name] === b.labels[name]);
}
