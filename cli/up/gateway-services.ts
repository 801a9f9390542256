/**
 * Makes the Services of the gateways that run here speak of local ports. A listener opens on its Service's targetPort,
 * so moving a gateway's port is a change of that one number, in the folder that its proxy reads.
 */
import { selects, type GatewayObject, type KubeObject, type KubeServicePort, type ServiceObject } from "../../istio";
import { isService, selectsPods } from "./endpoints";
import { ingressPorts } from "./ingresses";
import { localNames, type WantedName } from "./local-names";
import type { LocalWorkload } from "./workloads";

/** Where a gateway's declared port is open here. */
export interface PortOf {
    (gateway: LocalWorkload, declared: number): number;
}

export function isGateway(object: KubeObject): object is GatewayObject {
    return object.kind === "Gateway" && object.apiVersion.startsWith("networking.istio.io/");
}

/** A Gateway without a selector is every gateway's. */
export function gatewaySelects(gateway: GatewayObject, workload: LocalWorkload): boolean {
    return selects(gateway.spec.selector, workload.labels);
}

/** The ports that Gateways and Ingresses open on a workload, ascending. A unix socket (port 0) is none. */
export function declaredPorts(objects: readonly KubeObject[], workload: LocalWorkload): number[] {
    const numbers = objects
        .filter(isGateway)
        .filter((gateway) => gatewaySelects(gateway, workload))
        .flatMap((gateway) => gateway.spec.servers ?? [])
        .map((server) => server.port?.number ?? 0);
    return [...new Set([...numbers, ...ingressPorts(objects, workload)])]
        .filter((number) => Number.isInteger(number) && number > 0)
        .sort((a, b) => a - b);
}

/** A copy of a Service for one gateway alone, its ports leading to the local ones. */
function moved(service: ServiceObject, workload: LocalWorkload, ports: readonly number[], portOf: PortOf, name: string): ServiceObject {
    const move = (one: KubeServicePort): KubeServicePort =>
        ports.includes(one.port) ? { ...one, targetPort: portOf(workload, one.port) } : one;
    return {
        ...service,
        metadata: { ...service.metadata, name },
        spec: { ...service.spec, selector: workload.labels, ports: (service.spec.ports ?? []).map(move) },
    };
}

/** Ports that a gateway is to open but none of its Services has. */
export function portsWithoutService(objects: readonly KubeObject[], workload: LocalWorkload): number[] {
    const exposed = new Set(
        objects
            .filter(isService)
            .filter((service) => selectsPods(service, workload))
            .flatMap(({ spec }) => (spec.ports ?? []).map(({ port }) => port)),
    );
    return declaredPorts(objects, workload).filter((port) => !exposed.has(port));
}

/** Carries the ports that no Service has, so that they too open on a local port and not on their own number. */
function localService(workload: LocalWorkload, ports: readonly number[], portOf: PortOf, name: string): ServiceObject {
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: workload.ref.namespace },
        spec: {
            selector: workload.labels,
            ports: ports.map((port) => ({ name: `port-${port}`, port, targetPort: portOf(workload, port) })),
        },
    };
}

function copyName({ metadata }: ServiceObject, { key, ref }: LocalWorkload): WantedName {
    return { namespace: ref.namespace, of: `copy\n${metadata.name}\n${key}`, plain: `${metadata.name}-${ref.name}` };
}

function portsName({ key, ref }: LocalWorkload): WantedName {
    return { namespace: ref.namespace, of: `ports\n${key}`, plain: `${ref.name}-local-ports` };
}

/** The objects with every gateway's Services moved; a Service that several gateways share becomes one for each. */
export function relocateGatewayServices(objects: readonly KubeObject[], gateways: readonly LocalWorkload[], portOf: PortOf): KubeObject[] {
    const ports = new Map(gateways.map((gateway) => [gateway, declaredPorts(objects, gateway)]));
    const servedBy = (service: ServiceObject): LocalWorkload[] => gateways.filter((gateway) => selectsPods(service, gateway));
    const missing = gateways
        .map((gateway) => ({ gateway, missing: portsWithoutService(objects, gateway) }))
        .filter((one) => one.missing.length > 0);
    const copies = objects.filter(isService).flatMap((service) => {
        const served = servedBy(service);
        return served.length < 2 ? [] : served.map((gateway) => copyName(service, gateway));
    });
    const wanted = [...copies, ...missing.map(({ gateway }) => portsName(gateway))];
    const made = new Map(localNames("Service", wanted, objects).map((name, index) => [wanted[index]?.of, name]));
    const nameOf = ({ of, plain }: WantedName): string => made.get(of) ?? plain;
    const relocated = objects.flatMap((object): KubeObject[] => {
        if (!isService(object)) return [object];
        const served = servedBy(object);
        const nameFor = (gateway: LocalWorkload): string =>
            served.length === 1 ? object.metadata.name : nameOf(copyName(object, gateway));
        return served.length === 0
            ? [object]
            : served.map((gateway) => moved(object, gateway, ports.get(gateway) ?? [], portOf, nameFor(gateway)));
    });
    return [...relocated, ...missing.map((one) => localService(one.gateway, one.missing, portOf, nameOf(portsName(one.gateway))))];
}
