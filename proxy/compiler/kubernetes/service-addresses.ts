/** What is behind a Service's port: its pods by EndpointSlices, workloads outside Kubernetes that it selects, or the name it stands for. */
import { isEmptySelector, selects } from "../../../istio/semantics";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Addresses, BackendEndpoint, BackendLabels, HostPort } from "../routing/model/backends";
import type { SelectedWorkload, WorkloadIndex } from "../workloads/workload-index";
import type { EndpointSlices } from "./endpoint-slices";

type Service = Placed<"Service">;

const NONE: readonly never[] = [];

export class ServiceAddresses {
    readonly #context: ObjectContext;
    readonly #slices: EndpointSlices;
    readonly #workloads: WorkloadIndex;

    constructor(context: ObjectContext, slices: EndpointSlices, workloads: WorkloadIndex) {
        this.#context = context;
        this.#slices = slices;
        this.#workloads = workloads;
    }

    of(service: Service, port: HostPort, labels: BackendLabels): Addresses {
        const { type, externalName, selector } = service.object.spec;
        if (type === "ExternalName") {
            return { discovery: "dns", endpoints: externalName ? [{ address: externalName, port: port.number, weight: 1 }] : NONE };
        }
        const outside = isEmptySelector(selector) ? NONE : this.#workloads.entriesSelected(service.ref.namespace, selector);
        if (!this.#slices.has(service) && outside.length === 0) this.#reportNone(service);
        const chosen = outside.filter((one) => selects(labels, one.labels)).flatMap((one) => this.#endpointOf(one, port));
        return { discovery: "static", endpoints: [...this.#slices.of(service, port, labels), ...chosen] };
    }

    /** By the name of the target port, which of a pod would be its container's; else by the Service's own name for the port (istiod). */
    #endpointOf(
        { subject, address, ports, weight, locality, labels, workload }: SelectedWorkload,
        port: HostPort,
    ): readonly BackendEndpoint[] {
        if (address === "") {
            this.#context.report.add("GH0455", subject, "spec.address", "An endpoint without an address can't be connected to.");
            return NONE;
        }
        const number = portOf(ports, port);
        if (number === undefined) return NONE;
        return [{ address, port: number, weight, labels, workload, ...(locality === undefined ? {} : { locality }) }];
    }

    #reportNone({ ref, object, ...service }: Service): void {
        const { selector } = object.spec;
        this.#context.report.add(
            "GH0454",
            { ref, ...service },
            "",
            `No EndpointSlice has the label kubernetes.io/service-name: ${ref.name}${isEmptySelector(selector) ? ", and there are no Endpoints of its name" : ""}; requests get 503.`,
        );
    }
}

function portOf(ports: SelectedWorkload["ports"], { name, number, targetPort }: HostPort): number | undefined {
    const isNamed = typeof targetPort === "string" && !/^\d+$/.test(targetPort);
    if (isNamed) return ports[targetPort];
    const target = Number(targetPort ?? 0);
    return ports[name] ?? (target > 0 ? target : number);
}
