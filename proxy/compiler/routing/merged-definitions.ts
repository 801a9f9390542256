/**
 * Of several objects that define one host, which are in force. The first of them is: a Service before a ServiceEntry, the older
 * before the younger. Others of its namespace and its kind of resolution add their ports to it, and their endpoints to ports of
 * the same name; of all that stand elsewhere nothing is served (istiod's ServiceIndex and endpoint shards go by host and
 * namespace, and by the port's name).
 */
import { compareText } from "../../resources/text-order";
import type { Addresses, HostDefinition, HostPort } from "./model/backends";
import { joinedEgress } from "./joined-egress";

export interface MergedDefinitions {
    readonly definition: HostDefinition;
    /** What it was made of, the first of them first. */
    readonly parts: readonly HostDefinition[];
    /** Nothing of them is served. */
    readonly lost: readonly HostDefinition[];
}

/** `definitions` are in the order of their sources, of each the oldest first; at least one. */
export function mergedDefinitions(
    definitions: readonly HostDefinition[],
    isOfFirstSource: (one: HostDefinition) => boolean,
): MergedDefinitions {
    const ordered = [...definitions].sort((a, b) => orderOf(a, b, isOfFirstSource));
    const first = ordered[0] as HostDefinition;
    const parts = ordered.filter((one) => one.namespace === first.namespace && (one.joins ?? "") === (first.joins ?? ""));
    const lost = ordered.filter((one) => !parts.includes(one));
    return { definition: parts.length === 1 ? first : joined(first, parts), parts, lost };
}

/** Of the same age, which files are: by the name of the namespace, then as they came. */
function orderOf(a: HostDefinition, b: HostDefinition, isOfFirstSource: (one: HostDefinition) => boolean): number {
    return (
        Number(isOfFirstSource(b)) - Number(isOfFirstSource(a)) ||
        compareText(a.createdAt ?? "", b.createdAt ?? "") ||
        compareText(a.namespace, b.namespace)
    );
}

function joined(first: HostDefinition, parts: readonly HostDefinition[]): HostDefinition {
    const egress = joinedEgress(parts.flatMap((part) => part.egress ?? []));
    return {
        ...first,
        ...(egress ? { egress } : {}),
        ports: portsOf(parts),
        addressesOf: (port, host, labels) =>
            parts.map((part) => addressesIn(part, port, (own) => part.addressesOf(own, host, labels))).reduce(bothOf, NOWHERE),
    };
}

/** Each number once. */
function portsOf(parts: readonly HostDefinition[]): readonly HostPort[] {
    const ports = new Map<number, HostPort>();
    for (const part of parts) for (const port of part.ports) if (!ports.has(port.number)) ports.set(port.number, port);
    return [...ports.values()];
}

const NOWHERE: Addresses = { discovery: "static", endpoints: [] };

function addressesIn(part: HostDefinition, { name }: HostPort, addressesOf: (port: HostPort) => Addresses): Addresses {
    const own = part.ports.find((one) => one.name === name);
    return own ? addressesOf(own) : NOWHERE;
}

/** Names among the endpoints of one are to be looked up, whatever the others have. */
function bothOf(a: Addresses, b: Addresses): Addresses {
    return { ...(a.discovery === "static" ? b : a), endpoints: [...a.endpoints, ...b.endpoints] };
}
