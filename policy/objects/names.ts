/** How objects refer to others. */

/**
 * `namespace/name` of the Gateway that is meant in a namespace. Gateways' names have no dots: one with dots is the DNS
 * name of early Istio.
 */
export function gatewayName(text: string, namespace: string): string {
    const slash = text.indexOf("/");
    if (slash >= 0) return `${slash === 0 || text.startsWith("./") ? namespace : text.slice(0, slash)}/${text.slice(slash + 1)}`;
    const [name, other, ...rest] = text.split(".");
    const legacy = other !== undefined && ["", "svc", "svc.cluster.local"].includes(rest.join("."));
    return legacy ? `${other}/${name}` : `${namespace}/${text}`;
}
