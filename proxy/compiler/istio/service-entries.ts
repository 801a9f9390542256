/** Hosts that ServiceEntries define, and the addresses behind them. */
import { isIP } from "node:net";
import { isExportedTo, selects } from "../../../istio/semantics";
import { parseProtocol } from "../../../istio/ports";
import type { WorkloadEntry } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import type { Addresses, HostDefinition, HostPort, HostSource, BackendLabels } from "../routing/model/backends";

type Entry = Placed<"ServiceEntry">;

const NONE: readonly never[] = [];

export class ServiceEntries implements HostSource {
    readonly #context: ObjectContext;
    /** What an entry defines: of one that did not change the same. */
    readonly #defined = new WeakMap<Entry, readonly HostDefinition[]>();

    constructor(context: ObjectContext) {
        this.#context = context;
    }

    hosts(): readonly HostDefinition[] {
        return this.#context.objects.serviceEntries.get().flatMap((entry) => this.#definedBy(entry));
    }

    #definedBy(entry: Entry): readonly HostDefinition[] {
        const present = this.#defined.get(entry);
        if (present) return present;
        const made = this.#define(entry);
        this.#defined.set(entry, made);
        return made;
    }

    #define(entry: Entry): readonly HostDefinition[] {
        const { spec } = entry.object;
        const { namespace } = entry.ref;
        if (!isExportedTo(spec.exportTo, namespace, this.#context.settings.namespace)) return NONE;
        const ports = (spec.ports ?? []).map(
            (port, index): HostPort => ({
                number: port.number,
                name: port.name,
                protocol: parseProtocol(port.protocol ?? "TCP"),
                targetPort: port.targetPort,
                field: fieldBelow("spec", "ports", index),
            }),
        );
        return (spec.hosts ?? []).map((host) => ({
            subject: entry,
            host: host.toLowerCase(),
            namespace,
            ports,
            subjectAltNames: spec.subjectAltNames ?? NONE,
            addressesOf: (port, asked, labels) => addressesOf(this.#context, entry, port, asked, labels),
        }));
    }
}

function addressesOf(context: ObjectContext, owner: Entry, port: HostPort, host: string, labels: BackendLabels): Addresses {
    const { spec } = owner.object;
    const resolution = spec.resolution ?? "NONE";
    const targetPort = typeof port.targetPort === "number" && port.targetPort > 0 ? port.targetPort : port.number;
    const endpoints = (spec.endpoints ?? []).flatMap((endpoint, index) =>
        ofWorkload(context, owner, endpoint, index, port, targetPort, labels),
    );
    switch (resolution) {
        case "STATIC":
            if (spec.workloadSelector && endpoints.length === 0) {
                context.report.add(
                    "GH0451",
                    owner,
                    "spec.workloadSelector",
                    "Endpoints selected by workloadSelector are not read by the bundled proxy; requests get 503.",
                    "List the endpoints.",
                );
            }
            return { discovery: "static", endpoints };
        case "DNS":
        case "DNS_ROUND_ROBIN": {
            const names = spec.endpoints?.length ? endpoints : [{ address: host, port: targetPort, weight: 1 }];
            return { discovery: names.some(({ address }) => isIP(address) === 0) ? "dns" : "static", endpoints: names };
        }
        case "NONE":
        case "DYNAMIC_DNS":
            context.report.add(
                "GH0451",
                owner,
                "spec.resolution",
                `With resolution ${resolution} there is no address a gateway could connect to; requests get 503.`,
                "Set resolution: DNS, or STATIC with endpoints.",
            );
            return { discovery: "static", endpoints: NONE };
        default:
            return resolution satisfies never;
    }
}

function ofWorkload(
    context: ObjectContext,
    owner: Entry,
    endpoint: WorkloadEntry,
    index: number,
    port: HostPort,
    targetPort: number,
    labels: BackendLabels,
): Addresses["endpoints"] {
    if (!selects(labels, endpoint.labels ?? {})) return NONE;
    const address = endpoint.address ?? "";
    if (address === "" || address.startsWith("unix:")) {
        context.report.add(
            "GH0455",
            owner,
            `spec.endpoints[${index}].address`,
            address === ""
                ? "An endpoint without an address can't be connected to."
                : `${address} is a unix socket, which the bundled proxy does not connect to.`,
        );
        return NONE;
    }
    return [{ address, port: endpoint.ports?.[port.name] ?? targetPort, weight: endpoint.weight || 1 }];
}
