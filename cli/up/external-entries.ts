/**
 * Makes ServiceEntries whose endpoints are Services of backends that run here lead to them: what a cluster's DNS says of such a name
 * nobody says on this machine.
 */
import type { KubeObject, ServiceEntryObject, WorkloadEntry } from "../../istio";
import { isService, leadsTo, type RunningBackend } from "./endpoints";
import { LOOPBACK } from "./free-ports";

export function isServiceEntry(object: KubeObject): object is ServiceEntryObject {
    return object.kind === "ServiceEntry" && object.apiVersion.startsWith("networking.istio.io/");
}

/** The names by which a cluster's DNS knows a Service, from anywhere. */
function namesOf(name: string, namespace: string): readonly string[] {
    return [`${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}.svc`, `${name}.${namespace}`];
}

export function relocateEntries(objects: readonly KubeObject[], backends: readonly RunningBackend[]): KubeObject[] {
    const ports = new Map<string, number>();
    for (const service of objects.filter(isService)) {
        const backend = backends.find(({ workload }) => leadsTo(service, workload));
        if (!backend) continue;
        for (const name of namesOf(service.metadata.name, service.metadata.namespace ?? "default")) ports.set(name, backend.port);
    }
    return objects.map((object) => (isServiceEntry(object) ? relocated(object, ports) : object));
}

function relocated(entry: ServiceEntryObject, local: ReadonlyMap<string, number>): ServiceEntryObject {
    const { endpoints = [], ports = [] } = entry.spec;
    const found = endpoints.map(({ address = "" }) => local.get(address));
    // All of them or none: of a name among addresses the resolution would be both.
    if (endpoints.length === 0 || found.includes(undefined)) return entry;
    const here = endpoints.map(
        (endpoint, index): WorkloadEntry => ({
            ...endpoint,
            address: LOOPBACK,
            ports: Object.fromEntries(ports.map(({ name }) => [name, found[index] ?? 0])),
        }),
    );
    return { ...entry, spec: { ...entry.spec, resolution: "STATIC", endpoints: here } };
}
