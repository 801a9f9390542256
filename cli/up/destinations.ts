/** Whether the place a route leads to can be reached from here. */
import { areMirrored, resolveShortName, serviceHost, type EndpointsObject, type KubeObject, type ServiceObject } from "../../istio";
import { namespaceOf } from "./bindings";
import { isService, leadsTo } from "./endpoints";
import type { SampleWorkload } from "./workloads";

export interface Destinations {
    /** Why a route to this host is not tried; undefined where it is. */
    unreachable(host: string, namespace: string): string | undefined;
    /** The sample that answers for it, if one does. */
    sample(host: string, namespace: string): SampleWorkload | undefined;
}

interface ServiceEntry extends KubeObject {
    readonly spec: { readonly hosts?: readonly string[]; readonly resolution?: string };
}

function hasOwnEndpoints(service: ServiceObject, objects: readonly KubeObject[]): boolean {
    return objects.some(
        (object) =>
            namespaceOf(object) === namespaceOf(service) &&
            (object.kind === "EndpointSlice"
                ? object.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name
                : object.kind === "Endpoints" &&
                  object.metadata.name === service.metadata.name &&
                  areMirrored(object as EndpointsObject, service.spec.selector)),
    );
}

/**
 * A Service without a running backend and a host outside are not tried: their silence would say nothing about the
 * gateway. A destination that nothing declares is tried, and found wanting.
 */
export function destinationsOf(objects: readonly KubeObject[], samples: readonly SampleWorkload[]): Destinations {
    const services = new Map<string, ServiceObject>();
    for (const object of objects) if (isService(object)) services.set(serviceHost(object.metadata.name, namespaceOf(object)), object);
    const external = new Set(
        objects.filter((object) => object.kind === "ServiceEntry").flatMap((object) => (object as ServiceEntry).spec.hosts ?? []),
    );
    const find = (host: string, namespace: string): ServiceObject | undefined => services.get(resolveShortName(host, namespace));
    const sample = (host: string, namespace: string): SampleWorkload | undefined => {
        const service = find(host, namespace);
        return service && samples.find((one) => leadsTo(service, one));
    };
    return {
        sample,
        unreachable: (host, namespace) => {
            const service = find(host, namespace);
            if (service === undefined) return external.has(host) ? `${host} is outside` : undefined;
            if (service.spec.type === "ExternalName") return `${host} is outside`;
            if (sample(host, namespace) !== undefined || hasOwnEndpoints(service, objects)) return undefined;
            return `Service ${namespaceOf(service)}/${service.metadata.name} has no backend that runs here`;
        },
    };
}
