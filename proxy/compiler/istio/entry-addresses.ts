/** What is behind a port of a ServiceEntry: the endpoints that it lists, the workloads that it selects, or the name of its host. */
import { isIP } from "node:net";
import { listedNames, namesBy, selects, workloadText } from "../../../istio/semantics";
import { localityOf, localityText } from "../../../istio/semantics/locality";
import type { WorkloadEntry } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import type { Subject } from "../context/place";
import { targetOf, type Addresses, type BackendEndpoint, type BackendLabels, type HostPort } from "../routing/model/backends";
import { placeLabels, type SelectedWorkload, type WorkloadIndex } from "../workloads/workload-index";

type Entry = Placed<"ServiceEntry">;

/** An endpoint, and where it is written: an endpoint in the entry, or a workload that the entry selects. */
interface Candidate extends Omit<SelectedWorkload, "subject"> {
    readonly subject: Subject;
    /** Of its address. */
    readonly field: string;
}

const NONE: readonly never[] = [];
const NO_LABELS: BackendLabels = {};

export class EntryAddresses {
    readonly #context: ObjectContext;
    readonly #workloads: WorkloadIndex;

    constructor(context: ObjectContext, workloads: WorkloadIndex) {
        this.#context = context;
        this.#workloads = workloads;
    }

    of(owner: Entry, port: HostPort, host: string, labels: BackendLabels): Addresses {
        const resolution = owner.object.spec.resolution ?? "NONE";
        switch (resolution) {
            case "STATIC":
                return { discovery: "static", endpoints: this.#endpoints(owner, port, labels, false) };
            case "DNS":
            case "DNS_ROUND_ROBIN":
                return this.#named(owner, port, host, labels);
            case "NONE":
                return this.#unresolved(owner, port, labels);
            case "DYNAMIC_DNS":
                return this.#unreachable(owner, resolution);
            default:
                return resolution satisfies never;
        }
    }

    /** The endpoints' names, and the host's own where the entry says of no endpoints. */
    #named(owner: Entry, port: HostPort, host: string, labels: BackendLabels): Addresses {
        const { spec } = owner.object;
        const isOwn = !spec.workloadSelector && !spec.endpoints?.length;
        const workload = workloadText(namesBy(NO_LABELS, owner.ref.namespace, owner.ref.name, owner.ref.name));
        const endpoints = isOwn
            ? [{ address: host, port: targetOf(port), weight: 1, workload }]
            : this.#endpoints(owner, port, labels, true);
        const isNamed = endpoints.some(({ address }) => isIP(address) === 0);
        const discovery = spec.resolution === "DNS_ROUND_ROBIN" ? "logicalDns" : "dns";
        return { discovery: isNamed ? discovery : "static", endpoints };
    }

    /** What it selects is known all the same (istiod); otherwise the address is the client's to say, which beside an application is known. */
    #unresolved(owner: Entry, port: HostPort, labels: BackendLabels): Addresses {
        if (owner.object.spec.workloadSelector) return { discovery: "static", endpoints: this.#endpoints(owner, port, labels, false) };
        return this.#context.settings.mode === "mesh" ? { discovery: "original", endpoints: NONE } : this.#unreachable(owner, "NONE");
    }

    #unreachable(owner: Entry, resolution: string): Addresses {
        this.#context.report.add(
            "GH0451",
            owner,
            "spec.resolution",
            `With resolution ${resolution} there is no address a gateway could connect to; requests get 503.`,
            "Set resolution: DNS, or STATIC with endpoints.",
        );
        return { discovery: "static", endpoints: NONE };
    }

    #endpoints(owner: Entry, port: HostPort, labels: BackendLabels, takesNames: boolean): readonly BackendEndpoint[] {
        const { spec } = owner.object;
        const { workloadSelector } = spec;
        const listed = (spec.endpoints ?? []).map((endpoint, index) => candidateOf(endpoint, owner, index));
        const selected = workloadSelector
            ? this.#workloads.selected(owner.ref.namespace, workloadSelector.labels).map((one) => ({ ...one, field: "spec.address" }))
            : NONE;
        const chosen = [...listed, ...selected].filter((one) => selects(labels, one.labels));
        const endpoints = chosen.flatMap((one) => this.#endpointOf(one, port, takesNames));
        if (workloadSelector && selected.length === 0) {
            this.#context.report.add(
                "GH0451",
                owner,
                "spec.workloadSelector",
                `No pod and no WorkloadEntry of namespace ${owner.ref.namespace} that takes requests has these labels; requests get 503.`,
                "Label them, or list the endpoints.",
            );
        }
        return endpoints;
    }

    #endpointOf(one: Candidate, port: HostPort, takesNames: boolean): readonly BackendEndpoint[] {
        const fault = addressFault(one.address, takesNames);
        if (fault !== undefined) {
            this.#context.report.add("GH0455", one.subject, one.field, fault);
            return NONE;
        }
        return [
            {
                address: one.address,
                port: one.ports[port.name] ?? targetOf(port),
                weight: one.weight,
                workload: one.workload,
                ...(one.locality === undefined ? {} : { locality: one.locality }),
                ...(Object.keys(one.labels).length === 0 ? {} : { labels: one.labels }),
            },
        ];
    }
}

function candidateOf(endpoint: WorkloadEntry, owner: Entry, index: number): Candidate {
    const locality = localityText(localityOf(endpoint.locality ?? ""));
    return {
        subject: owner,
        field: `spec.endpoints[${index}].address`,
        address: endpoint.address ?? "",
        ports: endpoint.ports ?? {},
        weight: endpoint.weight || 1,
        labels: { ...placeLabels(locality, endpoint.network), ...(endpoint.labels ?? NO_LABELS) },
        workload: workloadText(listedNames(owner.ref.name, index, endpoint.labels ?? NO_LABELS, owner.ref.namespace)),
        ...(locality === "" ? {} : { locality }),
    };
}

function addressFault(address: string, takesNames: boolean): string | undefined {
    if (address === "") return "An endpoint without an address can't be connected to.";
    if (address.startsWith("unix:")) return `${address} is a unix socket, which the bundled proxy does not connect to.`;
    return takesNames || isIP(address) !== 0
        ? undefined
        : `${address} is a name, which is looked up where \`resolution\` is DNS, and not where it is STATIC or NONE.`;
}
