/** The addresses behind a Service's port: of its EndpointSlices, or of the Endpoints that stand for them. Which of them take requests says `ready-endpoints.ts`. */
import { podNames, selects, unseenPodNames, workloadText } from "../../../istio/semantics";
import { areMirrored, mirroredSlices } from "../../../istio/mirrored-endpoints";
import { refText } from "../../../istio/types";
import { idsOf, type Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Lookup } from "../graph/graph";
import type { BackendEndpoint, BackendLabels, HostPort } from "../routing/model/backends";
import type { Places, WorkloadPlace } from "../workloads/places";
import { foundIn, hintsOf, takingRequests, type SliceEndpoint } from "./ready-endpoints";

type Service = Placed<"Service">;
type Slice = Placed<"EndpointSlice">;

/** Where an endpoint stands, whether its pod is known, and what its workload is called; absent: nobody says. */
interface KnownPlace {
    readonly place: WorkloadPlace;
    readonly isPod: boolean;
    readonly workload?: string;
}

interface KnownPod {
    readonly labels: BackendLabels;
    readonly workload: string;
}

const NO_LABELS: BackendLabels = {};
const NONE: readonly never[] = [];

export class EndpointSlices {
    readonly #context: ObjectContext;
    readonly #places: Places;
    readonly #byService: Lookup<readonly Slice[], string, readonly Slice[]>;
    readonly #endpoints: Lookup<readonly Placed<"Endpoints">[], string, readonly Placed<"Endpoints">[]>;
    readonly #services: Lookup<readonly Service[], string, readonly Service[]>;
    readonly #pods: Lookup<readonly Placed<"Pod">[], string, readonly Placed<"Pod">[]>;
    /** Of a pod that did not change the same. */
    readonly #known = new WeakMap<Placed<"Pod">["object"], KnownPod>();
    /** The slices that Endpoints stand for: of those that did not change the same. */
    readonly #mirrors = new WeakMap<Placed<"Endpoints">, Slice[]>();

    constructor(context: ObjectContext, places: Places) {
        const { graph, objects } = context;
        this.#context = context;
        this.#places = places;
        this.#byService = graph.index(objects.endpointSlices, servicesOf);
        this.#endpoints = graph.index(objects.endpoints, idsOf);
        this.#services = graph.index(objects.services, idsOf);
        this.#pods = graph.index(objects.pods, idsOf);
    }

    /** Whether there is any slice of a Service. */
    has({ id }: Service): boolean {
        return this.#slicesOf(id).length > 0;
    }

    of(service: Service, port: HostPort, labels: BackendLabels): readonly BackendEndpoint[] {
        const all = this.#slicesOf(service.id).flatMap((slice) => foundIn(slice, port));
        const inService = takingRequests(all, service);
        return inService.flatMap(({ slice, endpoint, port: number }): readonly BackendEndpoint[] => {
            const known = this.#placeOf(service, slice, endpoint);
            if (!this.#hasLabels(service, slice, known, labels)) return NONE;
            const { locality, labels: own } = known.place;
            const more = {
                ...(locality === undefined ? {} : { locality }),
                ...(Object.keys(own).length === 0 ? {} : { labels: own }),
                ...(known.workload === undefined ? {} : { workload: known.workload }),
                ...hintsOf(endpoint),
            };
            return endpoint.addresses.map((address) => ({ address, port: number, weight: 1, ...more }));
        });
    }

    /** With the labels of its pod, where that is known; else its pod's name is, and that its Service selects it. */
    #placeOf(service: Service, slice: Slice, { targetRef, nodeName, zone }: SliceEndpoint): KnownPlace {
        const name = targetRef?.kind === "Pod" ? (targetRef.name ?? "") : "";
        const namespace = targetRef?.namespace ?? slice.ref.namespace;
        const [pod] = name === "" ? NONE : this.#pods.get(`${namespace}/${name}`);
        if (pod) {
            const { labels, workload } = this.#knownOf(pod);
            return { place: this.#places.ofPod(labels, nodeName, zone), isPod: true, workload };
        }
        const place = this.#places.of(nodeName, zone);
        if (name === "") return { place, isPod: false };
        return { place, isPod: false, workload: workloadText(unseenPodNames(name, namespace, service.object.spec.selector ?? NO_LABELS)) };
    }

    #knownOf({ object, ref }: Placed<"Pod">): KnownPod {
        const present = this.#known.get(object);
        if (present) return present;
        const { metadata } = object;
        const made = { labels: metadata.labels ?? NO_LABELS, workload: workloadText(podNames(metadata, ref.namespace)) };
        this.#known.set(object, made);
        return made;
    }

    #hasLabels(service: Service, slice: Slice, { place, isPod }: KnownPlace, labels: BackendLabels): boolean {
        if (Object.keys(labels).length === 0) return true;
        if (!isPod) {
            this.#context.report.add(
                "GH0440",
                slice,
                "",
                `Subsets of ${refText(service.ref)} select by pod labels, and the pods behind this slice are not known.`,
                "Put the Pod objects beside it, each endpoint's targetRef naming its own.",
            );
        }
        return isPod && selects(labels, place.labels);
    }

    /** Endpoints count where there is no slice. */
    #slicesOf(id: string): readonly Slice[] {
        const slices = this.#byService.get(id);
        if (slices.length > 0) return slices;
        const [lonely] = this.#endpoints.get(id);
        const [service] = lonely === undefined ? NONE : this.#services.get(id);
        return lonely && service && areMirrored(lonely.object, service.object.spec.selector) ? this.#mirrored(lonely) : NONE;
    }

    #mirrored(endpoints: Placed<"Endpoints">): Slice[] {
        const present = this.#mirrors.get(endpoints);
        if (present) return present;
        const made = mirroredSlices(endpoints.object).map((object) => ({ ...endpoints, object }));
        this.#mirrors.set(endpoints, made);
        return made;
    }
}

/** The Service that a slice is of, as a key. */
function servicesOf({ object, ref }: Slice): readonly string[] {
    const name = object.metadata.labels?.["kubernetes.io/service-name"];
    return name === undefined ? NONE : [`${ref.namespace}/${name}`];
}
