/**
 * Which VirtualServices a Gateway's server serves, and under which host names: what a local run needs to know to say
 * what can be asked where. The proxy's own compiler decides what is served; this only describes it.
 */
import { admitsNamespace, moreSpecific, parseServerHost, type GatewayObject, type KubeObject, type Server, type VirtualServiceObject } from "../../istio";

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

/** Whether an entry of `gateways` means this Gateway: `name`, `./name`, `ns/name`, or the old form with its namespace after a dot. */
export function namesGateway(entry: string, gateway: GatewayObject, ownNamespace: string): boolean {
    const { name } = gateway.metadata;
    const namespace = namespaceOf(gateway);
    const [first = "", second] = entry.split("/");
    if (second !== undefined) return second === name && (first === "." ? ownNamespace : first) === namespace;
    if (!entry.includes(".")) return entry === name && ownNamespace === namespace;
    const [legacyName, legacyNamespace] = entry.split(".");
    return legacyName === name && legacyNamespace === namespace;
}

/** The bindings of a server, in the order of the objects. */
export function bindingsOf(server: Server, gateway: GatewayObject, services: readonly VirtualServiceObject[]): Binding[] {
    const serverHosts = server.hosts.map(parseServerHost);
    return services.filter((service) => (service.spec.gateways ?? []).some((entry) => namesGateway(entry, gateway, namespaceOf(service)))).flatMap((service) => {
        const admitted = serverHosts.filter((host) => admitsNamespace(host, namespaceOf(gateway), namespaceOf(service)));
        const hosts = (service.spec.hosts ?? []).flatMap((host) => admitted.map((own) => moreSpecific(own.host, host)));
        return [...new Set(hosts.filter((host) => host !== undefined))].map((host) => ({ service, host }));
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
