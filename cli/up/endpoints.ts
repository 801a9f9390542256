/**
 * What a cluster's control plane would write for the backends that run here: a Pod with the workload's labels, which
 * subsets select by, and for each Service that selects it an EndpointSlice with the port that the process really has.
 */
import { serviceSelects, type EndpointSliceObject, type KubeObject, type PodObject, type ServiceObject } from "../../istio";
import { LOOPBACK } from "./free-ports";
import { localNames } from "./local-names";
import type { LocalWorkload, SampleWorkload } from "./workloads";

export interface RunningBackend {
    readonly workload: SampleWorkload;
    readonly port: number;
}

export function isService(object: KubeObject): object is ServiceObject {
    return object.kind === "Service" && object.apiVersion === "v1";
}

/** A Service and a backend that it leads to. */
interface Led {
    readonly service: ServiceObject;
    readonly backend: RunningBackend;
}

function podOf({ workload }: RunningBackend): PodObject {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: workload.podName, namespace: workload.ref.namespace, labels: workload.labels },
    };
}

function sliceOf({ service, backend: { workload, port } }: Led, name: string): EndpointSliceObject {
    const { namespace } = workload.ref;
    return {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name, namespace, labels: { "kubernetes.io/service-name": service.metadata.name } },
        addressType: "IPv4",
        endpoints: [{ addresses: [LOOPBACK], conditions: { ready: true }, targetRef: { kind: "Pod", name: workload.podName, namespace } }],
        ports: (service.spec.ports ?? [])
            .filter(({ protocol }) => (protocol ?? "TCP") === "TCP")
            .map((one) => ({
                ...(one.name === undefined ? {} : { name: one.name }),
                port,
                protocol: "TCP",
                ...(one.appProtocol === undefined ? {} : { appProtocol: one.appProtocol }),
            })),
    };
}

/** Whether a Service is in the namespace of these pods, and chooses their labels. */
export function selectsPods({ metadata, spec }: ServiceObject, { ref, labels }: LocalWorkload): boolean {
    return (metadata.namespace ?? "default") === ref.namespace && serviceSelects(spec?.selector, labels);
}

/** Whether a Service leads to these pods. */
export function leadsTo(service: ServiceObject, workload: SampleWorkload): boolean {
    return service.spec.type !== "ExternalName" && selectsPods(service, workload);
}

/** Pods and EndpointSlices of the backends, in their order. */
export function endpointObjects(objects: readonly KubeObject[], backends: readonly RunningBackend[]): KubeObject[] {
    const services = objects.filter(isService);
    const led = backends.flatMap((backend) =>
        services.filter((service) => leadsTo(service, backend.workload)).map((service): Led => ({ service, backend })),
    );
    const names = localNames(
        "EndpointSlice",
        led.map(
            ({
                service: { metadata },
                backend: {
                    workload: { key, ref },
                },
            }) => ({
                namespace: ref.namespace,
                of: `${metadata.name}\n${key}`,
                plain: `${metadata.name}-${ref.name}-local`,
            }),
        ),
        objects,
    );
    const slices = led.map((one, index) => ({ backend: one.backend, slice: sliceOf(one, names[index] ?? "") }));
    return backends.flatMap((backend) => [podOf(backend), ...slices.filter((one) => one.backend === backend).map(({ slice }) => slice)]);
}
