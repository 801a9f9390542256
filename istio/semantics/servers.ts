/** What a Gateway's server does with its connections: that decides how its clients are told apart, and which rules apply. */
import { isHttpFamily, isTlsFamily, parseProtocol } from "../ports";

export type ServerKind = "http" | "https" | "passthrough" | "terminated-tcp" | "tcp";

/** The lists of rules in a VirtualService. */
export type RuleFamily = "http" | "tls" | "tcp";

/** How clients of one port are told apart: by Host header, by server name, or not at all. Servers of one family share a port. */
export type ListenerFamily = "http" | "tls" | "tcp";

/** Undefined where the protocol is none that a gateway serves. */
export function listenerFamily(protocol: string | undefined): ListenerFamily | undefined {
    const parsed = parseProtocol(protocol ?? "");
    if (parsed === undefined || parsed === "UDP") {
        return undefined;
    }
    return isHttpFamily(parsed) ? "http" : isTlsFamily(parsed) ? "tls" : "tcp";
}

/** Istio's default mode is PASSTHROUGH, also on HTTPS. */
export function passesTls(mode: string | undefined): boolean {
    return mode === undefined || mode === "PASSTHROUGH" || mode === "AUTO_PASSTHROUGH";
}

/** The modes in which a gateway ends TLS with a certificate of its own. */
export function endsTls(mode: string | undefined): boolean {
    return mode === "SIMPLE" || mode === "MUTUAL" || mode === "OPTIONAL_MUTUAL";
}

/** Those of them that ask clients for a certificate. */
export function asksClients(mode: string | undefined): boolean {
    return mode === "MUTUAL" || mode === "OPTIONAL_MUTUAL";
}

/** Undefined where the protocol is none that a gateway serves. */
export function serverKind(protocol: string | undefined, mode: string | undefined): ServerKind | undefined {
    const family = listenerFamily(protocol);
    if (family !== "tls") {
        return family;
    }
    return passesTls(mode) ? "passthrough" : parseProtocol(protocol ?? "") === "HTTPS" ? "https" : "terminated-tcp";
}

/** The rules that apply on a server. */
export function rulesOn(kind: ServerKind): RuleFamily {
    switch (kind) {
        case "http":
        case "https":
            return "http";
        case "passthrough":
            return "tls";
        case "tcp":
        case "terminated-tcp":
            return "tcp";
        default:
            return kind satisfies never;
    }
}
