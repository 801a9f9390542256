/** How what is sent to a port of a host begins, which tells what can be asked of it. */
import { isHttpFamily, isTlsFamily } from "../../../../istio/ports";
import type { HostPort } from "../../routing/model/backends";

/** `auto`: the port does not say, so that each connection does. */
export type OutboundFamily = "http" | "tls" | "tcp" | "auto";

/** Undefined: no connection is sent there. */
export function familyOf({ protocol }: HostPort): OutboundFamily | undefined {
    if (protocol === undefined) return "auto";
    if (protocol === "UDP") return undefined;
    return isHttpFamily(protocol) ? "http" : isTlsFamily(protocol) ? "tls" : "tcp";
}
