/**
 * Which VirtualServices a Gateway's server serves, and under which host names: what a local run needs to know to say
 * what can be asked where. The proxy's own compiler decides what is served; this only describes it.
 */
import {
    gatewayNames,
    isExportedTo,
    meetingHost,
    moreSpecific,
    parseServerHost,
    type GatewayObject,
    type KubeObject,
    type Server,
    type VirtualServiceObject,
} from "../../istio";

export interface Binding {
    readonly service: VirtualServiceObject;
    /** Lower-case; may be a wildcard. */
    readonly host: string;
}

export function namespaceOf(object: KubeObject): string {
    return object.metadata.namespace ?? "default";
}

export function isVirtualService(object: KubeObject): object is VirtualServiceObject {
    return object.kind === "VirtualService" && object.apiVersion.startsWith("networking.istio.io/");
}

/** Whether `gateways` of an object in a namespace means this Gateway. */
export function namesGateway(gateways: readonly string[] | undefined, gateway: GatewayObject, ownNamespace: string): boolean {
    return gatewayNames(gateways, ownNamespace).includes(`${namespaceOf(gateway)}/${gateway.metadata.name}`);
}

/** The bindings of a server to what its pods' namespace sees, in the order of the objects. */
export function bindingsOf(
    server: Server,
    gateway: GatewayObject,
    services: readonly VirtualServiceObject[],
    podNamespace: string,
): Binding[] {
    const serverHosts = server.hosts.map(parseServerHost);
    const binding = services.filter(
        (service) =>
            namesGateway(service.spec.gateways, gateway, namespaceOf(service)) &&
            isExportedTo(service.spec.exportTo, namespaceOf(service), podNamespace),
    );
    return binding.flatMap((service) => {
        const hosts = (service.spec.hosts ?? []).flatMap((host) =>
            serverHosts.flatMap((own) => meetingHost(host, namespaceOf(service), own, namespaceOf(gateway)) ?? []),
        );
        return [...new Set(hosts)].map((host) => ({ service, host }));
    });
}

/**
 * A name to ask for under a host: itself, or for a wildcard the first of the certificate's names that it covers. For
 * `*` without such a name the loopback address, which needs no resolving.
 */
export function concreteHost(host: string, certificateNames: readonly string[]): string {
    if (!host.startsWith("*")) return host;
    const covered = certificateNames.map((name) => moreSpecific(host, name)).find((name) => name !== undefined);
    const narrowed = covered ?? host;
    if (!narrowed.startsWith("*")) return narrowed;
    return narrowed === "*" ? "127.0.0.1" : `any${narrowed.slice(1)}`;
}
