/**
 * Host names as Istio compares them: exact names, `*` and `*.suffix` patterns, whatever their case. One place, because
 * the proxy's lookup, the binding of VirtualServices to servers, the analysis and the policies must agree to the letter.
 *
 * `*.example.com` covers `a.example.com` and `a.b.example.com` but not `example.com`: a pattern is a suffix that begins
 * at a dot (Istio pkg/config/host).
 */
import { isIP } from "node:net";

/** The DNS domain of a cluster that names no other. */
export const CLUSTER_DOMAIN = "cluster.local";

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

/** The patterns that cover a name, the narrowest first: `*.b.c` and `*.c` for `a.b.c`. `*` covers it too and is left out. */
export function suffixPatterns(host: string): string[] {
    const patterns: string[] = [];
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) patterns.push(`*${host.slice(dot)}`);
    return patterns;
}

/** What stands under a name: under itself, else under the narrowest pattern that covers it. `*` is nobody's pattern here. */
export function narrowest<T>(host: string, at: (pattern: string) => T | undefined): T | undefined {
    const exact = at(host);
    if (exact !== undefined || isIP(host) !== 0) return exact;
    for (const pattern of suffixPatterns(host)) {
        const found = at(pattern);
        if (found !== undefined) return found;
    }
    return undefined;
}

/** `reviews` in namespace `shop` is `reviews.shop.svc.cluster.local`; a name with a dot, a pattern or an IP stays. */
export function resolveShortName(name: string, namespace: string, domain = CLUSTER_DOMAIN): string {
    const host = name.toLowerCase();
    if (host === "" || host.includes(".") || isWildcard(host) || isIP(host) !== 0) {
        return host;
    }
    return serviceHost(host, namespace, domain);
}

/** The host of a Kubernetes Service. */
export function serviceHost(name: string, namespace: string, domain = CLUSTER_DOMAIN): string {
    return `${name}.${namespace}.svc.${domain}`;
}

/** The Service that a host of the cluster is; undefined for a host of any other form. */
export function clusterService(host: string, domain = CLUSTER_DOMAIN): { readonly namespace: string; readonly name: string } | undefined {
    const [name, namespace, svc, ...rest] = host.split(".");
    return name && namespace && svc === "svc" && rest.join(".") === domain ? { namespace, name } : undefined;
}
