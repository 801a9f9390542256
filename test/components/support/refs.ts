/** Refs of gateways as another stack would give them. */
import type { AnyRef } from "../../../components/gateway";

export const selector = { "gateway-name": "public", "gateway-namespace": "edge", "gateway-type": "ingress" };

export function ingressRef(change: Partial<AnyRef> = {}): AnyRef {
    return {
        version: 1,
        kind: "ingress",
        name: "public",
        namespace: "edge",
        labels: selector,
        ports: {
            http: { number: 80, protocol: "HTTP" },
            https: { number: 443, protocol: "HTTPS" },
            "tcp-echo": { number: 31400, protocol: "TCP" },
            "tls-sni": { number: 31401, protocol: "TLS" },
        },
        shared: [],
        ...change,
    };
}

export function egressRef(change: Partial<AnyRef> = {}): AnyRef {
    return ingressRef({
        kind: "egress",
        name: "egress",
        namespace: "out",
        labels: { "gateway-name": "egress", "gateway-namespace": "out", "gateway-type": "egress" },
        ports: {
            http: { number: 80, protocol: "HTTP" },
            https: { number: 443, protocol: "HTTPS" },
            tcp: { number: 9000, protocol: "TCP" },
        },
        ...change,
    });
}

export const recommended = (component: string, name: string): Record<string, string> => ({
    "app.kubernetes.io/name": component,
    "app.kubernetes.io/instance": name,
    "app.kubernetes.io/part-of": "gatehouse",
    "app.kubernetes.io/managed-by": "pulumi",
});
