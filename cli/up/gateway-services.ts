/**
 * Makes the Services of the gateways that run here speak of local ports. A listener opens on its Service's targetPort,
 * so moving a gateway's port is a change of that one number, in the folder that its proxy reads.
 */
import { selects, serviceSelects, type GatewayObject, type KubeObject, type KubeServicePort, type ServiceObject } from "../../istio";
import { isService } from "./endpoints";
import type { Workload } from "./workloads";

/** Where a gateway's declared port is open here. */
export interface PortOf { (gateway: Workload, declared: number): number }

export function isGateway(object: KubeObject): object is GatewayObject {
    return object.kind === "Gateway" && object.apiVersion.startsWith("networking.istio.io/");
}

/** A Gateway without a selector is every gateway's. */
export function gatewaySelects(gateway: GatewayObject, workload: Workload): boolean {
    return selects(gateway.spec.selector, workload.labels);
}

/** The ports that Gateways open on a workload, ascending. A unix socket (port 0) is none. */
export function declaredPorts(objects: readonly KubeObject[], workload: Workload): number[] {
    const numbers = objects.filter(isGateway).filter((gateway) => gatewaySelects(gateway, workload))
        .flatMap((gateway) => gateway.spec.servers ?? []).map((server) => server.port?.number ?? 0);
    return [...new Set(numbers)].filter((number) => Number.isInteger(number) && number > 0).sort((a, b) => a - b);
}

function servesGateway(service: ServiceObject, workload: Workload): boolean {
    return (service.metadata.namespace ?? "default") === workload.ref.namespace && serviceSelects(service.spec?.selector, workload.labels);
}

/** A copy of a Service for one gateway alone, its ports leading to the local ones. */
function moved(service: ServiceObject, workload: Workload, ports: readonly number[], portOf: PortOf, name: string): ServiceObject {
    const move = (one: KubeServicePort): KubeServicePort => (ports.includes(one.port) ? { ...one, targetPort: portOf(workload, one.port) } : one);
    return {
        ...service,
        metadata: { ...service.metadata, name },
        spec: { ...service.spec, selector: workload.labels, ports: (service.spec.ports ?? []).map(move) },
    };
}

/** Ports that a gateway is to open but none of its Services has. */
export function portsWithoutService(objects: readonly KubeObject[], workload: Workload): number[] {
    const exposed = new Set(objects.filter(isService).filter((service) => servesGateway(service, workload)).flatMap(({ spec }) => (spec.ports ?? []).map(({ port }) => port)));
    return declaredPorts(objects, workload).filter((port) => !exposed.has(port));
}

/** Carries the ports that no Service has, so that they too open on a local port and not on their own number. */
function localService(workload: Workload, ports: readonly number[], portOf: PortOf): ServiceObject {
    const { name, namespace } = workload.ref;
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: `${name}-local-ports`, namespace },
        spec: { selector: workload.labels, ports: ports.map((port) => ({ name: `port-${port}`, port, targetPort: portOf(workload, port) })) },
    };
}

/** The objects with every gateway's Services moved; a Service that several gateways share becomes one for each. */
export function relocateGatewayServices(objects: readonly KubeObject[], gateways: readonly Workload[], portOf: PortOf): KubeObject[] {
    const ports = new Map(gateways.map((gateway) => [gateway, declaredPorts(objects, gateway)]));
    const relocated = objects.flatMap((object): KubeObject[] => {
        if (!isService(object)) return [object];
        const served = gateways.filter((gateway) => servesGateway(object, gateway));
        const nameFor = (gateway: Workload): string => (served.length === 1 ? object.metadata.name : `${object.metadata.name}-${gateway.ref.name}`);
        return served.length === 0 ? [object] : served.map((gateway) => moved(object, gateway, ports.get(gateway) ?? [], portOf, nameFor(gateway)));
    });
    const extra = gateways.flatMap((gateway) => {
        const missing = portsWithoutService(objects, gateway);
        return missing.length === 0 ? [] : [localService(gateway, missing, portOf)];
    });
    return [...relocated, ...extra];
}
