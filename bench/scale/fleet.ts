/** Large sets of objects, each as it comes from an API server: nothing of one is shared with another. */
import type { KubeObject } from "../../istio/types";

export interface FleetCertificate {
    readonly certificate: string;
    readonly key: string;
}

/** Hosts that one Gateway has, beside Services with one endpoint each. */
export interface FleetSize {
    readonly hosts: number;
    /** Hosts that have a Gateway of their own, which terminates TLS with a Secret of its own; the others share one Gateway. */
    readonly own: number;
    readonly destinationRules: number;
}

/** What the project's aim speaks of, and what is four times as much. */
export const SIZES = {
    "10,000 objects": { hosts: 3000, own: 250, destinationRules: 499 },
    "10,000 hosts": { hosts: 10_000, own: 2000, destinationRules: 500 },
    "10,000 hosts, each with its Gateway and Secret": { hosts: 10_000, own: 10_000, destinationRules: 0 },
} as const satisfies Record<string, FleetSize>;
export type SizeName = keyof typeof SIZES;

export const NAMESPACE = "istio-ingress";

export function fleet({ hosts, own, destinationRules }: FleetSize, certificate: FleetCertificate): KubeObject[] {
    const numbers = Array.from({ length: hosts }, (_, index) => index);
    const objects = [
        ...numbers
            .slice(0, own)
            .flatMap((index) => [gateway(`gateway-${index}`, [hostOf(index)], `credential-${index}`), secret(index, certificate)]),
        gateway("shared", numbers.slice(own).map(hostOf), undefined),
        ...numbers.flatMap((index) => [
            route(index, index < own ? `gateway-${index}` : "shared", "1"),
            service(index),
            endpoints(index, `10.0.${index >> 8}.${index & 255}`),
        ]),
        ...numbers.slice(0, destinationRules).map(destinationRule),
    ];
    return objects.map((object) => JSON.parse(JSON.stringify(object)) as KubeObject);
}

export function hostOf(index: number): string {
    return `host-${index}.example.com`;
}

export function gatewayNameOf(index: number, { own }: FleetSize): string {
    return index < own ? `gateway-${index}` : "shared";
}

function metadata(name: string, namespace: string, more: object = {}): object {
    return { name, namespace, uid: `00000000-${name}`, resourceVersion: "1", creationTimestamp: "2024-01-01T00:00:00Z", ...more };
}

/** `text` is what `/version` answers: a change of it can be seen on the wire. */
export function route(index: number, gatewayName: string, text: string): KubeObject {
    const to = [{ destination: { host: `app-${index}`, port: { number: 80 } } }];
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: metadata(`route-${index}`, "apps"),
        spec: {
            hosts: [hostOf(index)],
            gateways: [`${NAMESPACE}/${gatewayName}`],
            http: [
                { match: [{ uri: { exact: "/version" } }], directResponse: { status: 200, body: { string: text } } },
                { match: [{ uri: { prefix: "/api" } }], route: to, timeout: "5s" },
                { route: to },
            ],
        },
    } as KubeObject;
}

export function gateway(name: string, hosts: readonly string[], credentialName: string | undefined): KubeObject {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: metadata(name, NAMESPACE),
        spec: {
            selector: { "gateway-name": "public" },
            servers: [
                { port: { number: 80, name: "http", protocol: "HTTP" }, hosts },
                ...(credentialName
                    ? [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts, tls: { mode: "SIMPLE", credentialName } }]
                    : []),
            ],
        },
    } as KubeObject;
}

function service(index: number): KubeObject {
    const name = `app-${index}`;
    return {
        apiVersion: "v1",
        kind: "Service",
        metadata: metadata(name, "apps", { labels: { app: name } }),
        spec: { type: "ClusterIP", selector: { app: name }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    } as KubeObject;
}

export function endpoints(index: number, address: string): KubeObject {
    const name = `app-${index}`;
    return {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        addressType: "IPv4",
        metadata: metadata(`${name}-x`, "apps", { labels: { "kubernetes.io/service-name": name } }),
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
        endpoints: [
            { addresses: [address], conditions: { ready: true }, targetRef: { kind: "Pod", name: `${name}-pod`, namespace: "apps" } },
        ],
    } as KubeObject;
}

export function secret(index: number, { certificate, key }: FleetCertificate): KubeObject {
    const encoded = (text: string): string => Buffer.from(text).toString("base64");
    return {
        apiVersion: "v1",
        kind: "Secret",
        metadata: metadata(`credential-${index}`, NAMESPACE),
        type: "kubernetes.io/tls",
        data: { "tls.crt": encoded(certificate), "tls.key": encoded(key) },
    } as KubeObject;
}

function destinationRule(index: number): KubeObject {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "DestinationRule",
        metadata: metadata(`rule-${index}`, "apps"),
        spec: {
            host: `app-${index}`,
            trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" }, connectionPool: { tcp: { maxConnections: 100 } } },
        },
    } as KubeObject;
}
