/** Whether the place a route leads to can be reached from here. */
import { resolveShortName, type KubeObject, type ServiceObject } from "../../istio";
import { namespaceOf } from "./bindings";
import { isService, serviceSelects } from "./endpoints";
import type { SampleWorkload } from "./workloads";

/** Why a route is not tried; undefined where it is. */
export interface Reach { (host: string, namespace: string): string | undefined }

interface ServiceEntry extends KubeObject { readonly spec: { readonly hosts?: readonly string[]; readonly resolution?: string } }

function hasOwnEndpoints(service: ServiceObject, objects: readonly KubeObject[]): boolean {
    return objects.some((object) => object.kind === "EndpointSlice" && namespaceOf(object) === namespaceOf(service)
        && object.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name);
}

/**
 * A Service without a running backend and a host outside are not tried: their silence would say nothing about the
 * gateway. A destination that nothing declares is tried, and found wanting.
 */
export function reachOf(objects: readonly KubeObject[], samples: readonly SampleWorkload[]): Reach {
    const services = new Map<string, ServiceObject>();
    for (const object of objects) if (isService(object)) services.set(`${object.metadata.name}.${namespaceOf(object)}.svc.cluster.local`, object);
    const external = new Set(objects.filter((object) => object.kind === "ServiceEntry").flatMap((object) => (object as ServiceEntry).spec.hosts ?? []));
    return (host, namespace) => {
        const name = resolveShortName(host, namespace);
        const service = services.get(name);
        if (service === undefined) return external.has(host) ? `${host} is outside` : undefined;
        if (service.spec.type === "ExternalName") return `${host} is outside`;
        if (samples.some((sample) => serviceSelects(service, sample)) || hasOwnEndpoints(service, objects)) return undefined;
        return `Service ${namespaceOf(service)}/${service.metadata.name} has no backend that runs here`;
    };
}
