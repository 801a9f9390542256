/** Rules for the hosts that a component asks its gateway to serve. */
import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { hostFault, isSubsetOf, punycodeFault } from "../../istio";
import { fault, mentionsUnknown, type Claim, type Fault } from "../arguments";
import { gatewayText, type AnyRef, type NamedPort } from "./ref";

/** What a component does with an address among its hosts; where it can do nothing, the text that says so. */
export interface HostRules {
    /** Undefined where IPv4 addresses are served. */
    readonly address?: string;
}

/** RFC 1035: 255 octets of which two are not text. */
const MAX_NAME = 253;

/** What is wrong with a text as a host that clients are to ask for, as a sentence's end; undefined where nothing is. */
function clientFault(host: string, { address }: HostRules): string | undefined {
    // In a Host header it stands in brackets (RFC 3986 §3.2.2); Istio takes it without them only, and compares the two as they are.
    if (isIP(host.replace(/^\[(.*)\]$/, "$1")) === 6)
        return (
            address ??
            "is an IPv6 address: clients write it in brackets and Istio's hosts have none, so that routes match it with no request; give a name, or `*` for whatever is asked for"
        );
    if (isIP(host) !== 0) return address;
    if (host.length > MAX_NAME) return `is longer than ${MAX_NAME} characters`;
    if (host.length > 1 && host.endsWith(".") && !host.endsWith(".."))
        return `ends in a dot, which no client sends; write ${JSON.stringify(host.slice(0, -1))}`;
    return asciiFault(host);
}

/** Names go over the wire in their ASCII form: in the Host header, in SNI and in certificates. */
function asciiFault(host: string): string | undefined {
    const [prefix, name] = host.startsWith("*.") ? ["*.", host.slice(2)] : ["", host];
    // What is no name at all has a sentence of its own.
    if (/[\s/:@*_%?#]/.test(name)) return undefined;
    if (!/[^\u0000-\u007f]/.test(name)) return undefined;
    const ascii = domainToASCII(name);
    return ascii === ""
        ? "is no name that clients could ask for"
        : `has letters that no client sends as they are; write ${JSON.stringify(prefix + ascii)}, which is the same name`;
}

/** Each a name that clients can ask a gateway for, and none twice. */
export function hostsFaults(path: string, hosts: unknown, rules: HostRules = {}): Fault[] {
    if (!Array.isArray(hosts) || hosts.length === 0) return [fault("GH0204", path, "there is no host.", "Give at least one.")];
    return hosts.flatMap((host: unknown, index): Fault[] => {
        const at = `${path}[${index}]`;
        if (mentionsUnknown(host)) return [];
        if (typeof host !== "string") return [fault("GH0204", at, `${JSON.stringify(host)} is not a host name.`)];
        const wrong = clientFault(host, rules) ?? hostFault(host, { wildcard: true, any: true, ip: true }) ?? punycodeFault(host);
        if (wrong) return [fault("GH0204", at, `${JSON.stringify(host)} ${wrong}.`)];
        const first = hosts.findIndex((other) => typeof other === "string" && other.toLowerCase() === host.toLowerCase());
        return first === index ? [] : [fault("GH0204", at, `${host} stands in ${path}[${first}] already.`)];
    });
}

/** Case says nothing in a host name; the SNI that a filter chain is chosen by is compared letter by letter. */
export function inLowerCase(hosts: readonly string[]): string[] {
    return hosts.map((host) => host.toLowerCase());
}

/**
 * The hosts of a server that ends TLS. No client names an address in SNI (RFC 6066 §3), so one that asks for an address is
 * met by the server for every name, which is chosen where no other is.
 */
export function tlsHosts(hosts: readonly string[]): string[] {
    return [...new Set(hosts.map((host) => (isIP(host) === 0 ? host : "*")))];
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
    return {
        key: `host ${gatewayText(ref)} ${port.number} *`,
        path,
        what: `the port ${port.name} ${port.number} of the gateway ${gatewayText(ref)}`,
    };
}

/** The Istio Gateway that serves `host` over TLS with the platform's own certificate to routes of `namespace`. */
export function sharedGatewayFor(ref: AnyRef, host: string, namespace: string): string | undefined {
    return ref.shared?.find(({ hosts }) =>
        hosts.some((text) => {
            const slash = text.indexOf("/");
            const from = slash < 0 ? "*" : text.slice(0, slash);
            return (from === "*" || from === namespace) && isSubsetOf(host, text.slice(slash + 1));
        }),
    )?.gateway;
}
