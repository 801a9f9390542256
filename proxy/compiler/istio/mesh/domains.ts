/**
 * The names by which clients in a mesh ask for a host (Istio's generateVirtualHostDomains): a Service also by what is left of its
 * name within the cluster, and whatever has addresses by those.
 */
import { isIPv6 } from "node:net";
import { clusterService } from "../../../../istio/semantics";
import type { HostDefinition } from "../../routing/model/backends";

export interface Domains {
    readonly full: string;
    /** Shorter, so that another host may have them as its full name: then they are that one's. */
    readonly short: readonly string[];
    readonly addresses: readonly string[];
}

const NONE: readonly never[] = [];

/** `namespace` and `domain` are the client's. */
export function domainsOf({ host, addresses }: HostDefinition, namespace: string, domain: string): Domains {
    return {
        full: host,
        short: shortNames(host, namespace, domain),
        addresses: (addresses ?? NONE).filter((one) => !one.includes("/")).map((one) => (isIPv6(one) ? `[${one.toLowerCase()}]` : one)),
    };
}

function shortNames(host: string, namespace: string, domain: string): readonly string[] {
    const service = clusterService(host, domain);
    if (service === undefined) return NONE;
    const { name } = service;
    const qualified = `${name}.${service.namespace}`;
    return service.namespace === namespace ? [name, `${qualified}.svc`, qualified] : [qualified, `${qualified}.svc`];
}
