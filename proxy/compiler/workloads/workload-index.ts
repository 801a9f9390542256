/**
 * What a selector chooses in a namespace: pods that take requests, and workloads outside Kubernetes. ServiceEntries choose both,
 * Services have their pods in EndpointSlices and choose the others beside.
 */
import { goBool } from "../../../istio/go-bool";
import { addTo } from "../../../istio/lists-by-key";
import { entryNames, isEmptySelector, podNames, selects, workloadText, type Labels } from "../../../istio/semantics";
import { localityOf, localityText, NETWORK_LABEL, topologyLabels } from "../../../istio/semantics/locality";
import type { PodObject } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Subject } from "../context/place";
import type { Lookup } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { BackendLabels } from "../routing/model/backends";
import type { Places } from "./places";

export interface SelectedWorkload {
    readonly subject: Subject;
    /** An IP address, or a name; empty: it is only reached by a gateway of its network. */
    readonly address: string;
    /** By the names of ports of those that choose it. */
    readonly ports: Readonly<Record<string, number>>;
    readonly weight: number;
    /** With those of its place. */
    readonly labels: BackendLabels;
    readonly locality?: string;
    /** What it is called (`istio/semantics/workload-names.ts`). */
    readonly workload: string;
}

type Pod = Placed<"Pod">;
type Entry = Placed<"WorkloadEntry">;
type ByNamespace<T> = ReadonlyMap<string, readonly T[]>;

const NONE: readonly never[] = [];
const NO_LABELS: BackendLabels = {};
const NO_PORTS: SelectedWorkload["ports"] = {};
/** On a WorkloadEntry whose agent reports whether the workload is well. */
const HEALTH_CHECKS = "proxy.istio.io/health-checks-enabled";

export class WorkloadIndex {
    readonly #places: Places;
    readonly #pods: Lookup<ByNamespace<Pod>, string, readonly Pod[]>;
    readonly #entries: Lookup<ByNamespace<Entry>, string, readonly Entry[]>;
    /** Of an object that did not change the same. */
    readonly #made = new WeakMap<Entry, SelectedWorkload>();

    constructor({ graph, objects }: ObjectContext, places: Places) {
        this.#places = places;
        this.#pods = graph.lookup(
            graph.value(() => byNamespace(objects.pods.get().filter(takesRequests))),
            (all, namespace) => all.get(namespace) ?? NONE,
            sameList,
        );
        this.#entries = graph.lookup(
            graph.value(() => byNamespace(objects.workloadEntries.get().filter(isWell))),
            (all, namespace) => all.get(namespace) ?? NONE,
            sameList,
        );
    }

    /** Pods and WorkloadEntries; an empty selector chooses all of them. */
    selected(namespace: string, selector: Labels | undefined): readonly SelectedWorkload[] {
        return [...this.#podsSelected(namespace, selector), ...this.entriesSelected(namespace, selector)];
    }

    /** WorkloadEntries alone. */
    entriesSelected(namespace: string, selector: Labels | undefined): readonly SelectedWorkload[] {
        return this.#entries
            .get(namespace)
            .map((entry) => this.#workloadOf(entry))
            .filter(({ labels }) => selects(selector, labels));
    }

    #podsSelected(namespace: string, selector: Labels | undefined): SelectedWorkload[] {
        return this.#pods
            .get(namespace)
            .filter(({ object }) => isEmptySelector(selector) || selects(selector, object.metadata.labels ?? NO_LABELS))
            .map((pod): SelectedWorkload => {
                const { metadata, spec, status } = pod.object;
                const { locality, labels } = this.#places.ofPod(metadata.labels ?? NO_LABELS, spec?.nodeName, undefined);
                return {
                    subject: pod,
                    address: status?.podIP ?? "",
                    ports: NO_PORTS,
                    weight: 1,
                    labels,
                    workload: workloadText(podNames(metadata, pod.ref.namespace)),
                    ...(locality === undefined ? {} : { locality }),
                };
            });
    }

    #workloadOf(entry: Entry): SelectedWorkload {
        const present = this.#made.get(entry);
        if (present) return present;
        const { metadata, spec } = entry.object;
        const locality = localityText(localityOf(spec.locality ?? ""));
        const labels = { ...spec.labels, ...metadata.labels };
        const made: SelectedWorkload = {
            subject: entry,
            address: spec.address ?? "",
            ports: spec.ports ?? NO_PORTS,
            weight: spec.weight || 1,
            labels: { ...placeLabels(locality, spec.network), ...labels },
            workload: workloadText(entryNames(metadata, labels, entry.ref.namespace)),
            ...(locality === "" ? {} : { locality }),
        };
        this.#made.set(entry, made);
        return made;
    }
}

/** What istiod adds to the labels of a workload whose place is said by itself. */
export function placeLabels(locality: string, network: string | undefined): BackendLabels {
    return { ...topologyLabels(locality), ...(network ? { [NETWORK_LABEL]: network } : NO_LABELS) };
}

/** As the EndpointSlice controller has it: it runs, it is ready, it has an address, and it does not go. */
function takesRequests({ object }: Pod): boolean {
    const { metadata, status } = object;
    return status?.phase === "Running" && metadata.deletionTimestamp === undefined && (status.podIP ?? "") !== "" && isReady(status);
}

function isReady({ conditions = NONE }: NonNullable<PodObject["status"]>): boolean {
    return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

/** One whose agent reports on it counts once it is well; of the others nobody knows. */
function isWell({ object }: Entry): boolean {
    const { metadata, status } = object;
    if (goBool(metadata.annotations?.[HEALTH_CHECKS] ?? "") !== true) return true;
    return (status?.conditions ?? NONE).some((one) => one.type === "Healthy" && one.status === "True");
}

function byNamespace<T extends Subject>(list: readonly T[]): ByNamespace<T> {
    const grouped = new Map<string, T[]>();
    for (const one of list) addTo(grouped, one.ref.namespace, one);
    return grouped;
}
