/** Which servers of which Gateways a VirtualService is served by, as the data plane binds them. */
import { admitsNamespace, isSubsetOf, parseServerHost } from "../hosts";
import type { Server } from "../types";
import type { Loose } from "../validation";
import { referredName } from "./names";
import type { IndexedKind, ObjectIndex } from "./object-index";
import { parseProtocol } from "../ports";

export interface BoundServer {
    readonly gateway: IndexedKind<"Gateway">;
    readonly server: Loose<Server>;
}

/** What a server does with its connections: that decides which rules apply. */
export type ServerKind = "http" | "tls" | "tcp";

/** The Gateway that a VirtualService of `namespace` means: `name`, `namespace/name`, `./name`, or the full name of old releases. */
export function gatewayNamed(text: string, namespace: string, index: ObjectIndex): IndexedKind<"Gateway"> | undefined {
    const name = referredName(text.startsWith("./") ? text.slice(2) : text, namespace);
    const found = index.find("Gateway", name.namespace, name.name);
    const [old, oldNamespace] = text.includes("/") ? [] : text.split(".");
    return found ?? (old !== undefined && oldNamespace !== undefined ? index.find("Gateway", oldNamespace, old) : undefined);
}

export function gatewaysOf(service: IndexedKind<"VirtualService">, index: ObjectIndex): IndexedKind<"Gateway">[] {
    return (service.usable.spec?.gateways ?? []).flatMap((text) => {
        const gateway = text === undefined || text === "mesh" ? undefined : gatewayNamed(text, service.ref.namespace, index);
        return gateway ? [gateway] : [];
    });
}

/** The servers of a Gateway whose hosts meet those of the VirtualService. */
export function serversFor(service: IndexedKind<"VirtualService">, gateway: IndexedKind<"Gateway">): BoundServer[] {
    const hosts = (service.usable.spec?.hosts ?? []).filter((host) => host !== undefined);
    return (gateway.usable.spec?.servers ?? []).flatMap((server) => (server && (server.hosts ?? []).some((text) => {
        const own = parseServerHost(text ?? "");
        return admitsNamespace(own, gateway.ref.namespace, service.ref.namespace) && hosts.some((host) => isSubsetOf(host, own.host) || isSubsetOf(own.host, host));
    }) ? [{ gateway, server }] : []));
}

/** Undefined where the server's protocol is none. */
export function serverKind(server: Loose<Server>): ServerKind | undefined {
    const protocol = parseProtocol(server.port?.protocol ?? "");
    // Istio's default mode is PASSTHROUGH, also on HTTPS.
    const passes = ["PASSTHROUGH", "AUTO_PASSTHROUGH"].includes(server.tls?.mode ?? "PASSTHROUGH");
    switch (protocol) {
        case "HTTP": case "HTTP2": case "GRPC": case "GRPC-WEB": return "http";
        case "HTTPS": return passes ? "tls" : "http";
        case "TLS": return passes ? "tls" : "tcp";
        case "TCP": case "MONGO": case "REDIS": case "MYSQL": return "tcp";
        case "UDP": case undefined: return undefined;
        default: return protocol satisfies never;
    }
}
