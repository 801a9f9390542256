/** The addresses behind a host and port. */
import { isEmptySelector, selects } from "../../../istio/semantics";
import { isIP } from "node:net";
import { refText, type WorkloadEntry } from "../../../istio/types";
import type { ClusterEntry, EndpointsEntry } from "../../tables/entries";
import type { Context } from "../context/context";
import { compareText, type Placed } from "../../resources/model";
import type { Registry, RegistryPort, RegistryService } from "./registry";

export interface Discovered {
    readonly discovery: ClusterEntry["discovery"];
    readonly endpoints: EndpointsEntry["endpoints"];
}
type Endpoint = EndpointsEntry["endpoints"][number];
type Labels = Readonly<Record<string, string>>;

/** `host` is the destination's, which a wildcard host of the service may cover. `labels` are the subset's. */
export function discover(
    context: Context,
    registry: Registry,
    service: RegistryService,
    port: RegistryPort,
    host: string,
    labels: Labels,
): Discovered {
    const found =
        service.owner.object.kind === "Service"
            ? ofService(context, registry, service.owner as Placed<"Service">, port, labels)
            : ofEntry(context, service.owner as Placed<"ServiceEntry">, port, host, labels);
    return { ...found, endpoints: sorted(found.endpoints) };
}

function ofService(context: Context, registry: Registry, owner: Placed<"Service">, port: RegistryPort, labels: Labels): Discovered {
    const { type, externalName } = owner.object.spec;
    if (type === "ExternalName") {
        return { discovery: "dns", endpoints: externalName ? [{ address: externalName, port: port.number, weight: 1 }] : [] };
    }
    const slices = registry.slicesOf(owner);
    if (slices.length === 0) {
        context.report.add(
            "GH0454",
            owner,
            "",
            `No EndpointSlice has the label kubernetes.io/service-name: ${owner.ref.name}${isEmptySelector(owner.object.spec.selector) ? ", and there are no Endpoints of its name" : ""}; requests get 503.`,
        );
    }
    return { discovery: "static", endpoints: slices.flatMap((slice) => ofSlice(context, registry, owner, slice, port, labels)) };
}

/** A slice carries the ports by the names they have in the Service, with the number that a named targetPort has there. */
function ofSlice(
    context: Context,
    registry: Registry,
    service: Placed<"Service">,
    slice: Placed<"EndpointSlice">,
    port: RegistryPort,
    labels: Labels,
): Endpoint[] {
    const number = (slice.object.ports ?? []).find(({ name }) => (name ?? "") === port.name)?.port;
    if (number === undefined || slice.object.addressType === "FQDN") return [];
    const ready = (slice.object.endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false);
    const chosen =
        Object.keys(labels).length === 0
            ? ready
            : ready.filter(({ targetRef }) => {
                  const pod =
                      targetRef?.kind === "Pod" && targetRef.name
                          ? registry.podLabels(targetRef.namespace ?? slice.ref.namespace, targetRef.name)
                          : undefined;
                  if (pod === undefined) {
                      context.report.add(
                          "GH0440",
                          slice,
                          "",
                          `Subsets of ${refText(service.ref)} select by pod labels, and the pods behind this slice are not known.`,
                          "Put the Pod objects beside it, each endpoint's targetRef naming its own.",
                      );
                  }
                  return pod !== undefined && selects(labels, pod);
              });
    return chosen.flatMap(({ addresses }) => addresses.slice(0, 1)).map((address) => ({ address, port: number, weight: 1 }));
}

function ofEntry(context: Context, owner: Placed<"ServiceEntry">, port: RegistryPort, host: string, labels: Labels): Discovered {
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
            return { discovery: "static", endpoints: [] };
        default:
            return resolution satisfies never;
    }
}

function ofWorkload(
    context: Context,
    owner: Placed<"ServiceEntry">,
    endpoint: WorkloadEntry,
    index: number,
    port: RegistryPort,
    targetPort: number,
    labels: Labels,
): Endpoint[] {
    if (!selects(labels, endpoint.labels ?? {})) return [];
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
        return [];
    }
    return [{ address, port: endpoint.ports?.[port.name] ?? targetPort, weight: endpoint.weight || 1 }];
}

/** In one order whatever the slices' was, each address once. */
function sorted(endpoints: readonly Endpoint[]): Endpoint[] {
    const unique = new Map(endpoints.map((one) => [`${one.address} ${one.port}`, one]));
    return [...unique.values()].sort((a, b) => compareText(a.address, b.address) || a.port - b.port);
}
