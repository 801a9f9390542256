/**
 * How Istio's analysis turns hosts and references into names. It differs from the data plane in small ways (hosts keep
 * their case, only `cluster.local` counts), and agreeing with it means taking it as it is.
 */
import type { QualifiedName } from "../semantics";

const DOMAIN = "svc.cluster.local";

/** `reviews` of namespace `shop` is `reviews.shop.svc.cluster.local`; a name with a dot or a leading `*` stays. */
export function fullHost(host: string, namespace: string): string {
    return host.startsWith("*") || host.includes(".") ? host : `${host}.${namespace}.${DOMAIN}`;
}

const SERVICE_HOST = /^([^.]+)\.([^.]+)\.svc\.cluster\.local$/;

/** The Service that a host stands for. A host that is none of the cluster's own is a name in `namespace`. */
export function serviceOfHost(host: string, namespace: string): QualifiedName {
    const [, name, found] = SERVICE_HOST.exec(host) ?? [];
    return name !== undefined && found !== undefined ? { namespace: found, name } : { namespace, name: host };
}
