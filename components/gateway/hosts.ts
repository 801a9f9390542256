/** Rules for the hosts that a component asks its gateway to serve. */
import { hostFault, isSubsetOf } from "../../istio";
import { fault, mentionsUnknown, type Claim, type Fault } from "../arguments";
import { gatewayText, type AnyRef, type NamedPort } from "./ref";

/** Each a name that a gateway can serve, and none twice. */
export function hostsFaults(path: string, hosts: unknown): Fault[] {
    if (!Array.isArray(hosts) || hosts.length === 0) return [fault("GH0204", path, "there is no host.", "Give at least one.")];
    return hosts.flatMap((host: unknown, index): Fault[] => {
        const at = `${path}[${index}]`;
        if (mentionsUnknown(host)) return [];
        if (typeof host !== "string") return [fault("GH0204", at, `${JSON.stringify(host)} is not a host name.`)];
        const wrong = hostFault(host, { wildcard: true, any: true, ip: true });
        if (wrong) return [fault("GH0204", at, `${JSON.stringify(host)} ${wrong}.`)];
        const first = hosts.findIndex((other) => typeof other === "string" && other.toLowerCase() === host.toLowerCase());
        return first === index ? [] : [fault("GH0204", at, `${host} stands in ${path}[${first}] already.`)];
    });
}

/** A host on a port of a gateway belongs to one component. */
export function hostClaim(ref: AnyRef, port: NamedPort, host: string, path: string): Claim {
    const name = host.toLowerCase();
    return {
        key: `host ${gatewayText(ref)} ${port.number} ${name}`,
        path,
        what: `the host ${name} on port ${port.number} of the gateway ${gatewayText(ref)}`,
    };
}

/** A whole port of a gateway, for what cannot be told apart by host. */
export function portClaim(ref: AnyRef, port: NamedPort, path: string): Claim {
    return { key: `host ${gatewayText(ref)} ${port.number} *`, path, what: `the port ${port.name} ${port.number} of the gateway ${gatewayText(ref)}` };
}

/** The Istio Gateway that serves `host` over TLS with the platform's own certificate to routes of `namespace`. */
export function sharedGatewayFor(ref: AnyRef, host: string, namespace: string): string | undefined {
    return ref.shared?.find(({ hosts }) => hosts.some((text) => {
        const slash = text.indexOf("/");
        const from = slash < 0 ? "*" : text.slice(0, slash);
        return (from === "*" || from === namespace) && isSubsetOf(host, text.slice(slash + 1));
    }))?.gateway;
}
