/** Which servers of which Gateways a VirtualService is served by, as the data plane binds them. */
import { gatewayName, MESH_GATEWAY, meetingHosts, parseServerHost, referredName, rulesOn, serverKind, type RuleFamily } from "../semantics";
import type { Server } from "../types";
import type { Loose } from "../validation";
import type { ObjectIndex } from "./object-index";
import type { IndexedKind } from "./indexed-object";

export interface BoundServer {
    readonly gateway: IndexedKind<"Gateway">;
    readonly server: Loose<Server>;
}

/** The Gateway that a VirtualService of `namespace` means. */
export function gatewayNamed(text: string, namespace: string, index: ObjectIndex): IndexedKind<"Gateway"> | undefined {
    const meant = referredName(gatewayName(text, namespace), namespace);
    return index.find("Gateway", meant.namespace, meant.name);
}

export function gatewaysOf(service: IndexedKind<"VirtualService">, index: ObjectIndex): IndexedKind<"Gateway">[] {
    return (service.usable.spec?.gateways ?? []).flatMap((text) => {
        const gateway = text === undefined || text === MESH_GATEWAY ? undefined : gatewayNamed(text, service.ref.namespace, index);
        return gateway ? [gateway] : [];
    });
}

/** The servers of a Gateway whose hosts meet those of the VirtualService. */
export function serversFor(service: IndexedKind<"VirtualService">, gateway: IndexedKind<"Gateway">): BoundServer[] {
    const hosts = (service.usable.spec?.hosts ?? []).filter((host) => host !== undefined);
    return (gateway.usable.spec?.servers ?? []).flatMap((server) => {
        const own = (server?.hosts ?? []).map((text) => parseServerHost(text ?? ""));
        return server && meetingHosts(hosts, service.ref.namespace, own, gateway.ref.namespace).length > 0 ? [{ gateway, server }] : [];
    });
}

/** The rules that apply on a server; undefined where its protocol is none. */
export function rulesOfServer(server: Loose<Server>): RuleFamily | undefined {
    const kind = serverKind(server.port?.protocol, server.tls?.mode);
    return kind && rulesOn(kind);
}
