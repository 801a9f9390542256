/**
 * Endpoints as Kubernetes' EndpointSliceMirroring controller mirrors them: for a Service without a selector each subset
 * becomes a slice for each family of its addresses. In a cluster the controller does that; in a folder nobody else would.
 */
import { isIP } from "node:net";
import { isEmptySelector, type Labels } from "./semantics";
import type { EndpointsObject, EndpointSliceObject } from "./types";

const SERVICE_NAME = "kubernetes.io/service-name";
const SKIP_MIRROR = "endpointslice.kubernetes.io/skip-mirror";
/** Endpoints that early controllers kept a lock in are no addresses. */
const LEADER = "control-plane.alpha.kubernetes.io/leader";

type Subset = NonNullable<EndpointsObject["subsets"]>[number];
type Endpoint = NonNullable<EndpointSliceObject["endpoints"]>[number];

const FAMILIES = [
    [4, "IPv4"],
    [6, "IPv6"],
] as const;

/** Whether Endpoints hold for the Service of their name and namespace, whose selector this is. */
export function areMirrored({ metadata }: EndpointsObject, selector: Labels | undefined): boolean {
    return isEmptySelector(selector) && metadata.labels?.[SKIP_MIRROR] !== "true" && metadata.annotations?.[LEADER] === undefined;
}

export function mirroredSlices({ metadata, subsets }: EndpointsObject): EndpointSliceObject[] {
    return (subsets ?? []).flatMap((subset, index) =>
        FAMILIES.flatMap(([family, addressType]): EndpointSliceObject[] => {
            const endpoints = endpointsOf(subset).filter(({ addresses }) => isIP(addresses[0] ?? "") === family);
            return endpoints.length === 0
                ? []
                : [
                      {
                          apiVersion: "discovery.k8s.io/v1",
                          kind: "EndpointSlice",
                          metadata: {
                              name: `${metadata.name}-${index}-${addressType.toLowerCase()}`,
                              ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
                              labels: { [SERVICE_NAME]: metadata.name },
                          },
                          addressType,
                          endpoints,
                          ports: subset.ports ?? [],
                      },
                  ];
        }),
    );
}

function endpointsOf({ addresses = [], notReadyAddresses = [] }: Subset): Endpoint[] {
    return [[addresses, true] as const, [notReadyAddresses, false] as const].flatMap(([list, ready]) =>
        list.map(({ ip, targetRef }): Endpoint => ({ addresses: [ip], conditions: { ready }, ...(targetRef ? { targetRef } : {}) })),
    );
}
