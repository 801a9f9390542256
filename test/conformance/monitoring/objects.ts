/** What the gateway of this comparison serves: a way to provoke each alert, and to give each panel something to draw. */

export interface Places {
    readonly http: number;
    readonly https: number;
    readonly tcp: number;
    readonly proxy: number;
    /** Answers `/fail` with 503, `/slow` after some time, and everything else with 200. */
    readonly backend: number;
    /** The same once more. */
    readonly other: number;
    readonly echo: number;
}

const LABELS = "{ istio: public }";

/** A slice for each endpoint: they differ by their ports. */
const service = (name: string, port: number, endpoints: readonly number[], appProtocol = "http"): string =>
    [
        `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ports: [{ name: ${appProtocol}, port: ${port} }] }
`,
        ...endpoints.map(
            (own, index) => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-${index}, namespace: shop, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: ${appProtocol}, port: ${own} }]
endpoints: [{ addresses: [127.0.0.1], conditions: { ready: true } }]
`,
        ),
    ].join("\n---\n");

/** `cert`, `key`: PEM. */
export function secretYaml(certificate: { readonly cert: string; readonly key: string }): string {
    const data = { "tls.crt": certificate.cert, "tls.key": certificate.key };
    return JSON.stringify({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "web-tls", namespace: "istio-ingress" },
        type: "kubernetes.io/tls",
        data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, Buffer.from(text).toString("base64")])),
    });
}

export function objectsYaml({ http, https, tcp, proxy, backend, other, echo }: Places): string {
    return [
        `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: public, namespace: istio-ingress, annotations: { gatehouse.dev/forward-proxy: http-proxy } }
spec:
    selector: ${LABELS}
    servers:
        - { port: { number: ${http}, name: http, protocol: HTTP }, hosts: ["web.example.com"] }
        - { port: { number: ${https}, name: https, protocol: HTTPS }, hosts: ["web.example.com"], tls: { mode: SIMPLE, credentialName: web-tls } }
        - { port: { number: ${tcp}, name: tcp, protocol: TCP }, hosts: ["*"] }
        - { port: { number: ${proxy}, name: http-proxy, protocol: HTTP }, hosts: ["*"] }
`,
        `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec:
    hosts: ["web.example.com"]
    gateways: [istio-ingress/public]
    http:
        - { match: [{ uri: { prefix: /empty } }], retries: { attempts: 0 }, route: [{ destination: { host: empty, port: { number: 80 } } }] }
        - { match: [{ uri: { prefix: /ejected } }], retries: { attempts: 0 }, rewrite: { uri: /fail }, route: [{ destination: { host: ejected, port: { number: 80 } } }] }
        - { match: [{ uri: { prefix: /narrow } }], retries: { attempts: 0 }, rewrite: { uri: /slow }, route: [{ destination: { host: narrow, port: { number: 80 } } }] }
        - { match: [{ uri: { prefix: /again } }], retries: { attempts: 1, retryOn: "5xx" }, rewrite: { uri: /fail }, route: [{ destination: { host: web, port: { number: 80 } } }] }
        - { retries: { attempts: 0 }, route: [{ destination: { host: web, port: { number: 80 } } }] }
    tcp:
        - { match: [{ port: ${tcp} }], route: [{ destination: { host: echo, port: { number: 7 } } }] }
`,
        `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: ejected, namespace: shop }
spec: { host: ejected, trafficPolicy: { outlierDetection: { consecutive5xxErrors: 1, interval: 1s, baseEjectionTime: 60s, maxEjectionPercent: 100 } } }
`,
        `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: narrow, namespace: shop }
spec: { host: narrow, trafficPolicy: { connectionPool: { tcp: { maxConnections: 1 }, http: { http1MaxPendingRequests: 1 } } } }
`,
        `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: no-secrets, namespace: istio-ingress }
spec:
    selector: { matchLabels: ${LABELS} }
    action: DENY
    rules: [{ to: [{ operation: { ports: ["${http}"], paths: ["/denied"] } }] }]
`,
        service("web", 80, [backend]),
        service("empty", 80, []),
        service("ejected", 80, [backend, other]),
        service("narrow", 80, [backend]),
        service("echo", 7, [echo], "tcp"),
    ].join("\n---\n");
}

/** Of level Error: a server whose Secret nobody has. */
export const BROKEN = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: broken, namespace: istio-ingress }
spec:
    selector: ${LABELS}
    servers:
        - { port: { number: 11, name: https-broken, protocol: HTTPS }, hosts: ["broken.example.com"], tls: { mode: SIMPLE, credentialName: nobody } }
`;

/** A log that goes to a full disk, and spans for a collector that is not there. */
export const LOST = `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
    mesh: |
        extensionProviders:
        - { name: full, envoyFileAccessLog: { path: /dev/full } }
        - { name: nowhere, opentelemetry: { service: empty.shop.svc.cluster.local, port: 80 } }
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: lost, namespace: istio-ingress }
spec:
    accessLogging: [{ providers: [{ name: full }] }]
    tracing: [{ providers: [{ name: nowhere }], randomSamplingPercentage: 100 }]
`;
