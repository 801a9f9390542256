/**
 * Which endpoints of a Service's slices take requests: those that are ready, each pod by one of its addresses; and while none is
 * ready, those that go and still answer, as kube-proxy has it (KEP-1669): a rollout loses nothing that somebody could answer.
 */
import type { Placed } from "../../resources/model";
import type { BackendEndpoint, HostPort } from "../routing/model/backends";

type Slice = Placed<"EndpointSlice">;
export type SliceEndpoint = NonNullable<Slice["object"]["endpoints"]>[number];

/** An endpoint of a slice, with the number that the port has there. */
export interface FoundEndpoint {
    readonly slice: Slice;
    readonly endpoint: SliceEndpoint;
    readonly port: number;
}

const NONE: readonly never[] = [];

/** A slice carries the ports by the names they have in the Service, with the number that a named targetPort has there. */
export function foundIn(slice: Slice, { name: wanted }: HostPort): readonly FoundEndpoint[] {
    const { ports = NONE, endpoints = NONE, addressType } = slice.object;
    const port = ports.find(({ name }) => (name ?? "") === wanted)?.port;
    return port === undefined || addressType === "FQDN" ? NONE : endpoints.map((endpoint) => ({ slice, endpoint, port }));
}

export function takingRequests(all: readonly FoundEndpoint[], service: Placed<"Service">): readonly FoundEndpoint[] {
    const ready = all.filter(({ endpoint }) => endpoint.conditions?.ready !== false);
    const taking = ready.length > 0 ? ready : all.filter(({ endpoint: { conditions } }) => conditions?.terminating && conditions.serving);
    return onceAPod(taking, service);
}

/** A pod with addresses of both families has an endpoint in two slices: that of the Service's first family stands for both. */
function onceAPod(all: readonly FoundEndpoint[], { object }: Placed<"Service">): readonly FoundEndpoint[] {
    const first = object.spec.ipFamilies?.[0] ?? (object.spec.clusterIP?.includes(":") ? "IPv6" : "IPv4");
    const others = all.some(({ slice }) => slice.object.addressType !== first);
    if (!others) return all;
    const known = new Set(all.flatMap((one) => (one.slice.object.addressType === first ? (podOf(one) ?? NONE) : NONE)));
    return all.filter((one) => one.slice.object.addressType === first || !known.has(podOf(one) ?? ""));
}

function podOf({ slice, endpoint: { targetRef } }: FoundEndpoint): string | undefined {
    return targetRef?.name ? `${targetRef.kind ?? ""} ${targetRef.namespace ?? slice.ref.namespace}/${targetRef.name}` : undefined;
}

/** For which zones and nodes the control plane means an endpoint. */
export function hintsOf({ hints }: SliceEndpoint): Pick<BackendEndpoint, "forZones" | "forNodes"> {
    const zones = namesOf(hints?.forZones);
    const nodes = namesOf(hints?.forNodes);
    return { ...(zones.length > 0 ? { forZones: zones } : {}), ...(nodes.length > 0 ? { forNodes: nodes } : {}) };
}

function namesOf(list: readonly { readonly name?: string }[] = NONE): readonly string[] {
    return list.flatMap(({ name }) => name ?? NONE);
}
