/** The addresses behind a Service's port: of its EndpointSlices, or of the Endpoints that stand for them; those that are ready. */
import { addTo } from "../../../istio/lists-by-key";
import { isEmptySelector, selects } from "../../../istio/semantics";
import { areMirrored, mirroredSlices } from "../../../istio/mirrored-endpoints";
import { refText } from "../../../istio/types";
import { byId, type Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Lookup } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { Addresses, HostPort, BackendLabels } from "../routing/model/backends";

type Service = Placed<"Service">;
type Slice = Placed<"EndpointSlice">;
type Slices = ReadonlyMap<string, readonly Slice[]>;
type SliceEndpoint = NonNullable<Slice["object"]["endpoints"]>[number];

const NO_LABELS: BackendLabels = {};
const NONE: readonly never[] = [];

export class EndpointSlices {
    readonly #context: ObjectContext;
    readonly #slicesOf: Lookup<Slices, string, readonly Slice[]>;
    readonly #podLabels: Lookup<ReadonlyMap<string, Placed<"Pod">>, string, BackendLabels | undefined>;
    /** The slices that Endpoints stand for: of those that did not change the same. */
    readonly #mirrors = new WeakMap<Placed<"Endpoints">, Slice[]>();

    constructor(context: ObjectContext) {
        const { graph, objects } = context;
        this.#context = context;
        this.#slicesOf = graph.lookup(
            graph.value(() => this.#byService()),
            (slices, id) => slices.get(id) ?? NONE,
            sameList,
        );
        this.#podLabels = graph.lookup(
            graph.value(() => byId(objects.pods.get())),
            (pods, id) => {
                const pod = pods.get(id);
                return pod && (pod.object.metadata.labels ?? NO_LABELS);
            },
        );
    }

    addressesOf(service: Service, port: HostPort, labels: BackendLabels): Addresses {
        const { type, externalName, selector } = service.object.spec;
        if (type === "ExternalName") {
            return { discovery: "dns", endpoints: externalName ? [{ address: externalName, port: port.number, weight: 1 }] : NONE };
        }
        const slices = this.#slicesOf.get(service.id);
        if (slices.length === 0) {
            this.#context.report.add(
                "GH0454",
                service,
                "",
                `No EndpointSlice has the label kubernetes.io/service-name: ${service.ref.name}${isEmptySelector(selector) ? ", and there are no Endpoints of its name" : ""}; requests get 503.`,
            );
        }
        return { discovery: "static", endpoints: slices.flatMap((slice) => this.#ofSlice(service, slice, port, labels)) };
    }

    /** A slice carries the ports by the names they have in the Service, with the number that a named targetPort has there. */
    #ofSlice(service: Service, slice: Slice, port: HostPort, labels: BackendLabels): Addresses["endpoints"] {
        const number = (slice.object.ports ?? []).find(({ name }) => (name ?? "") === port.name)?.port;
        if (number === undefined || slice.object.addressType === "FQDN") return NONE;
        const ready = (slice.object.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
        const chosen = Object.keys(labels).length === 0 ? ready : ready.filter((one) => this.#hasLabels(service, slice, one, labels));
        return chosen.flatMap(({ addresses }) => addresses.slice(0, 1)).map((address) => ({ address, port: number, weight: 1 }));
    }

    #hasLabels(service: Service, slice: Slice, { targetRef }: SliceEndpoint, labels: BackendLabels): boolean {
        const pod =
            targetRef?.kind === "Pod" && targetRef.name
                ? this.#podLabels.get(`${targetRef.namespace ?? slice.ref.namespace}/${targetRef.name}`)
                : undefined;
        if (pod === undefined) {
            this.#context.report.add(
                "GH0440",
                slice,
                "",
                `Subsets of ${refText(service.ref)} select by pod labels, and the pods behind this slice are not known.`,
                "Put the Pod objects beside it, each endpoint's targetRef naming its own.",
            );
        }
        return pod !== undefined && selects(labels, pod);
    }

    #byService(): Slices {
        const slices = new Map<string, Slice[]>();
        for (const slice of this.#context.objects.endpointSlices.get()) {
            const name = slice.object.metadata.labels?.["kubernetes.io/service-name"];
            if (name !== undefined) addTo(slices, `${slice.ref.namespace}/${name}`, slice);
        }
        return this.#withMirrored(slices);
    }

    /** Endpoints count where there is no slice. */
    #withMirrored(slices: Map<string, Slice[]>): Slices {
        const { endpoints, services } = this.#context.objects;
        const lonely = endpoints.get().filter(({ id }) => !slices.has(id));
        const byName = lonely.length === 0 ? undefined : byId(services.get());
        for (const one of lonely) {
            const service = byName?.get(one.id);
            if (service && areMirrored(one.object, service.object.spec.selector)) slices.set(one.id, this.#mirrored(one));
        }
        return slices;
    }

    #mirrored(endpoints: Placed<"Endpoints">): Slice[] {
        const present = this.#mirrors.get(endpoints);
        if (present) return present;
        const made = mirroredSlices(endpoints.object).map((object) => ({ ...endpoints, object }));
        this.#mirrors.set(endpoints, made);
        return made;
    }
}
