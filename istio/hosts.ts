/**
 * Host names as Istio compares them: exact names, `*` and `*.suffix` patterns, whatever their case. One place, because
 * the proxy's lookup, the binding of VirtualServices to servers and the validation must agree to the letter.
 *
 * `*.example.com` covers `a.example.com` and `a.b.example.com` but not `example.com`: a pattern is a suffix that begins
 * at a dot (Istio pkg/config/host).
 */
import { isIP } from "node:net";
import { shownText } from "./shown";

export function isWildcard(host: string): boolean {
    return host.startsWith("*");
}

/** Whether a concrete host name falls under a pattern. A name that is itself a pattern falls under a wider one. */
export function matchesHost(pattern: string, host: string): boolean {
    return isSubsetOf(host, pattern);
}

/** Whether every name that `a` covers is covered by `b`. A partial order: each host is a subset of itself. */
export function isSubsetOf(a: string, b: string): boolean {
    const narrow = a.toLowerCase();
    const wide = b.toLowerCase();
    if (!isWildcard(wide)) {
        return narrow === wide;
    }
    if (!isWildcard(narrow)) {
        return narrow.endsWith(wide.slice(1));
    }
    return narrow.length >= wide.length && narrow.slice(1).endsWith(wide.slice(1));
}

/**
 * The narrower of two hosts where one covers the other: the name under which a VirtualService host and a server host
 * meet. Undefined where neither covers the other, and then they do not bind.
 */
export function moreSpecific(a: string, b: string): string | undefined {
    if (isSubsetOf(a, b)) {
        return a.toLowerCase();
    }
    return isSubsetOf(b, a) ? b.toLowerCase() : undefined;
}

/** A Gateway server's host, `[namespace/]dnsName`: `.` is the Gateway's own namespace, `*` (the default) any. */
export interface ServerHost {
    readonly namespace: string;
    readonly host: string;
}

export function parseServerHost(text: string): ServerHost {
    const slash = text.indexOf("/");
    return slash < 0
        ? { namespace: "*", host: text.toLowerCase() }
        : { namespace: text.slice(0, slash), host: text.slice(slash + 1).toLowerCase() };
}

/** Whether a server's host lets in a VirtualService that lives in `namespace`. */
export function admitsNamespace(server: ServerHost, gatewayNamespace: string, namespace: string): boolean {
    return server.namespace === "*" || (server.namespace === "." ? gatewayNamespace : server.namespace) === namespace;
}

/** `reviews` in namespace `shop` is `reviews.shop.svc.cluster.local`; a name with a dot, a pattern or an IP stays. */
export function resolveShortName(name: string, namespace: string, domain = "cluster.local"): string {
    const host = name.toLowerCase();
    if (host === "" || host.includes(".") || isWildcard(host) || isIP(host) !== 0) {
        return host;
    }
    return `${host}.${namespace}.svc.${domain}`;
}

/** What a field accepts beyond a fully qualified name. */
export interface HostOptions {
    /** `*.example.com`. */
    readonly wildcard?: boolean;
    /** `*` alone. */
    readonly any?: boolean;
    readonly ip?: boolean;
    /** A name without a dot. */
    readonly short?: boolean;
    /** `*-api.example.com`: a pattern that is part of a label. Istio's VirtualService takes it, its Gateway does not. */
    readonly partial?: boolean;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i;
const PARTIAL_LABEL = /^\*-?[a-z0-9]([-a-z0-9]*[a-z0-9])?$/i;
const MAX_NAME = 255;
const MAX_LABEL = 63;

/** What is wrong with a host, as the end of a sentence; undefined where nothing is. */
export function hostFault(text: string, options: HostOptions = {}): string | undefined {
    if (text === "") {
        return "is empty";
    }
    if (isIP(text) !== 0) {
        return options.ip ? undefined : "is an IP address where a host name is wanted";
    }
    if (text === "*") {
        return options.any ? undefined : "is `*`, which is not allowed here";
    }
    if (text.length > MAX_NAME) {
        return `is longer than ${MAX_NAME} characters`;
    }
    return shapeFault(text, options) ?? labelsFault(text.split("."), options);
}

/** The mistakes worth a sentence of their own: they are what people paste. */
function shapeFault(text: string, options: HostOptions): string | undefined {
    if (text.includes("://")) {
        return "is a URL where a host name is wanted; leave the scheme and the path out";
    }
    if (text.includes("/")) {
        return "has a slash where a host name is wanted";
    }
    if (/:\d*$/.test(text)) {
        return "has a port where a host name is wanted; leave the port out";
    }
    if (isWildcard(text) && !options.wildcard) {
        return "has a wildcard, which is not allowed here";
    }
    return undefined;
}

function labelsFault(labels: readonly string[], options: HostOptions): string | undefined {
    // A trailing dot only says that the name is fully qualified.
    const parts = labels.length > 1 && labels[labels.length - 1] === "" ? labels.slice(0, -1) : labels;
    if (parts.length === 1 && !options.short) {
        return "is a short name; write the fully qualified name, as in `name.namespace.svc.cluster.local`";
    }
    const top = parts[parts.length - 1] ?? "";
    if (parts.length > 1 && /^\d+$/.test(top)) {
        return "ends in a label of digits only, as an address does that is none";
    }
    for (const [index, label] of parts.entries()) {
        const fault = labelFault(label, index === 0, options);
        if (fault) {
            return fault;
        }
    }
    return undefined;
}

function labelFault(label: string, first: boolean, options: HostOptions): string | undefined {
    if (label === "") {
        return "has an empty label (two dots in a row, or one at an end)";
    }
    if (label.length > MAX_LABEL) {
        return `has a label of more than ${MAX_LABEL} characters`;
    }
    if (!label.includes("*")) {
        return LABEL.test(label) ? undefined : `has the label ${shownText(label)}: labels hold letters, digits and inner hyphens`;
    }
    if (first && label === "*") {
        return undefined;
    }
    if (first && options.partial && PARTIAL_LABEL.test(label)) {
        return undefined;
    }
    return "has a wildcard that is not the whole first label; write `*.example.com`";
}
