/** Where proxies beside applications find the gateways that run here: what a cluster's control plane would write for their pods. */
import type { EndpointSliceObject, KubeObject } from "../../istio";
import { isService, selectsPods } from "./endpoints";
import { LOOPBACK } from "./free-ports";
import type { PortOf } from "./gateway-services";
import type { LocalWorkload } from "./workloads";

/** EndpointSlices of the gateways that run here, for proxies that lead to them. */
export function gatewayEndpoints(objects: readonly KubeObject[], gateways: readonly LocalWorkload[], portOf: PortOf): KubeObject[] {
    const services = objects.filter(isService);
    return gateways.flatMap((workload) =>
        services
            .filter((service) => selectsPods(service, workload))
            .map(
                ({ metadata, spec }): EndpointSliceObject => ({
                    apiVersion: "discovery.k8s.io/v1",
                    kind: "EndpointSlice",
                    metadata: {
                        name: `${metadata.name}-${workload.ref.name}-local`,
                        namespace: workload.ref.namespace,
                        labels: { "kubernetes.io/service-name": metadata.name },
                    },
                    addressType: "IPv4",
                    endpoints: [{ addresses: [LOOPBACK], conditions: { ready: true } }],
                    ports: (spec.ports ?? []).map(({ name, port }) => ({
                        ...(name === undefined ? {} : { name }),
                        port: portOf(workload, port),
                        protocol: "TCP",
                    })),
                }),
            ),
    );
}
