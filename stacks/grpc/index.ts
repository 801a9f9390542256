/** gRPC over HTTPS and in the clear, routed by service and method, and a page that calls it by gRPC-Web. */
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const apps = restrictedNamespace("istioinaction").metadata.name;

// The name of the port says to the gateway that it is HTTP/2 which the backend speaks.
const echo = sample("echo", { run: "grpc-echo", namespace: apps, port: { name: "grpc", number: 9000 } });
const page = sample("echo-page", { run: "grpc-page", namespace: apps, port: { name: "http", number: 80 } });

const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Gatehouse demo CA" });
const ingress = new gatehouse.IngressGateway("public", {
    namespace: edge,
    service: { loadBalancerSourceRanges: ["10.0.0.0/8"] },
    ports: { grpc: 50051, "grpc-web": 8085 },
});

// On purpose: policies would have what is in the clear redirected.
const inClear = { annotations: { "gatehouse.dev/plain-http": "meant" } };
const calls: gatehouse.GRPCRouteArgs[] = [
    {
        match: [{ service: "echo.v1.Echo", method: "Say" }],
        route: [{ destination: echo }],
        timeout: "5s",
        retries: { attempts: 2, perTryTimeout: "2s", retryOn: ["unavailable", "connect-failure", "refused-stream"] },
    },
    // Streams last as long as their clients want them to.
    { match: [{ service: "echo.v1.Echo" }], route: [{ destination: echo }] },
    { match: [{ service: "grpc.health.v1.Health", method: "Check" }], route: [{ destination: echo }] },
];

const host = new gatehouse.VirtualHost("echo", {
    gateway: ingress,
    hosts: ["grpc.istioinaction.io"],
    metadata: inClear,
    tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" },
    plainPorts: ["grpc"],
    grpc: calls,
});

// Browsers take every name below localhost for this machine: the page is there when the stack runs on a laptop.
const web = new gatehouse.VirtualHost("echo-web", {
    gateway: ingress,
    hosts: ["grpc-web.istioinaction.io", "grpc-web.localhost"],
    metadata: inClear,
    httpPort: "grpc-web",
    grpc: calls,
    http: [{ route: [{ destination: page }] }],
});

export const caPem = ca.certificatePem;
export const urls = { grpc: host.urls, page: web.urls };
