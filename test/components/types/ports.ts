/** What the types of ports and gateways hold. Each `@ts-expect-error` is a program that must not compile. */
import * as gatehouse from "pulumi-gatehouse";
import type * as k8s from "@pulumi/kubernetes";

declare const service: k8s.core.v1.Service;
const namespace = "istio-ingress";
const route = [{ route: [{ destination: service }] }];

const ingress = new gatehouse.IngressGateway("public", {
    namespace,
    ports: { "tcp-echo": 31400, "tls-sni": 31401, mysql: { number: 3306, protocol: "TCP" }, "grpc-web-x": 9000, odd: { number: 9001, protocol: "REDIS" } },
});
const egress = new gatehouse.EgressGateway("egress", { namespace });

// Declared ports, by name, whose protocol a TCP route can take.
new gatehouse.TcpRoute("a", { gateway: ingress, port: "tcp-echo", destination: service });
new gatehouse.TcpRoute("b", { gateway: ingress, port: "mysql", destination: service });
new gatehouse.TcpRoute("c", { gateway: ingress.ref, port: "odd", destination: { service, port: "redis", subset: "v1" } });
new gatehouse.TcpRoute("d", { gateway: ingress, port: "tls-sni", sniHosts: ["a.example.com"], destination: { host: "b", port: { number: 443 } } });
// @ts-expect-error an undeclared port
new gatehouse.TcpRoute("e", { gateway: ingress, port: "nope", destination: service });
// @ts-expect-error a port that speaks HTTP
new gatehouse.TcpRoute("f", { gateway: ingress, port: "http", destination: service });
// @ts-expect-error a port that speaks HTTPS
new gatehouse.TcpRoute("g", { gateway: ingress, port: "https", destination: service });
// @ts-expect-error a port that speaks gRPC-Web
new gatehouse.TcpRoute("h", { gateway: ingress, port: "grpc-web-x", destination: service });

// The kind of gateway.
// @ts-expect-error an egress gateway where an ingress gateway is meant
new gatehouse.TcpRoute("i", { gateway: egress, port: "tcp-echo", destination: service });
// @ts-expect-error an egress gateway where an ingress gateway is meant
new gatehouse.VirtualHost("j", { gateway: egress, hosts: ["a.example.com"], http: route });
// @ts-expect-error an ingress gateway where an egress gateway is meant
new gatehouse.ExternalService("k", { hosts: ["a.example.com"], ports: { http: 80 }, via: ingress });
new gatehouse.ExternalService("l", { hosts: ["a.example.com"], ports: { http: 80 }, via: egress.ref });
// @ts-expect-error something that is no gateway
new gatehouse.VirtualHost("m", { gateway: service, hosts: ["a.example.com"], http: route });

// Declaring ports.
// @ts-expect-error a name that does not say the protocol
new gatehouse.IngressGateway("n", { namespace, ports: { web: 8080 } });
// @ts-expect-error a name that does not say the protocol, with a spec that does not either
new gatehouse.IngressGateway("o", { namespace, ports: { web: { number: 8080 } } });
new gatehouse.IngressGateway("p", { namespace, ports: { web: { number: 8080, protocol: "HTTP" }, mysql: { number: 3306 } } });
// @ts-expect-error a protocol that there is not
new gatehouse.IngressGateway("q", { namespace, ports: { web: { number: 8080, protocol: "HTTP3" } } });
// @ts-expect-error only a default port can be taken away
new gatehouse.IngressGateway("r", { namespace, ports: { "tcp-echo": false } });

// A name says its protocol as Istio reads it: the longest word counts.
export const protocols: { readonly [K in keyof Declared]: Declared[K]["protocol"] } = { "grpc-web-x": "GRPC-WEB", grpc: "GRPC", "http2-a": "HTTP2", https: "HTTPS", http: "HTTP" };
type Declared = gatehouse.DeclaredPorts<{ "grpc-web-x": 1; grpc: 2; "http2-a": 3 }>;

// Defaults that are taken away are gone.
const bare = new gatehouse.IngressGateway("s", { namespace, ports: { http: false, http2: { number: 80, nodePort: 30000 }, tcp: 9000 } });
new gatehouse.VirtualHost("t", { gateway: bare, hosts: ["a.example.com"], http: route, httpPort: "http2" });
// @ts-expect-error a port that was taken away
new gatehouse.VirtualHost("u", { gateway: bare, hosts: ["a.example.com"], http: route, httpPort: "http" });
// @ts-expect-error a port that speaks no HTTP
new gatehouse.VirtualHost("v", { gateway: bare, hosts: ["a.example.com"], http: route, httpPort: "tcp" });

// Routes are Istio's own.
// @ts-expect-error a typo in a match
new gatehouse.VirtualHost("w", { gateway: ingress, hosts: ["a.example.com"], http: [{ match: [{ uri: { prefx: "/" } }], route: [{ destination: service }] }] });
// @ts-expect-error a destination without a host
new gatehouse.VirtualHost("x", { gateway: ingress, hosts: ["a.example.com"], http: [{ route: [{ destination: { port: { number: 80 } } }] }] });
// @ts-expect-error a typo in a policy
new gatehouse.VirtualHost("y", { gateway: ingress, hosts: ["a.example.com"], http: route, tls: { certificate: gatehouse.Certificate.selfSigned(), http: "redirct" } });

// Routes of gRPC have what gRPC has, and more ports in the clear are ports of HTTP.
new gatehouse.VirtualHost("ba", { gateway: ingress, hosts: ["a.example.com"], grpc: [{ match: [{ service: "a.B", method: "C" }], route: [{ destination: { service, port: "grpc" }, weight: 1 }], retries: { attempts: 1, retryOn: ["unavailable"] } }], plainPorts: ["grpc-web-x"] });
// @ts-expect-error a typo in a match of gRPC
new gatehouse.VirtualHost("bb", { gateway: ingress, hosts: ["a.example.com"], grpc: [{ match: [{ svc: "a.B" }], route: [{ destination: service }] }] });
// @ts-expect-error a redirect, which gRPC does not know
new gatehouse.VirtualHost("bc", { gateway: ingress, hosts: ["a.example.com"], grpc: [{ redirect: { uri: "/a" }, route: [{ destination: service }] }] });
// @ts-expect-error a condition of HTTP to try again on
new gatehouse.VirtualHost("bd", { gateway: ingress, hosts: ["a.example.com"], grpc: [{ route: [{ destination: service }], retries: { retryOn: ["5xx"] } }] });
// @ts-expect-error a status of HTTP as a fault of gRPC
new gatehouse.VirtualHost("be", { gateway: ingress, hosts: ["a.example.com"], grpc: [{ route: [{ destination: service }], fault: { abort: { httpStatus: 503 } } }] });
// @ts-expect-error a port that speaks no HTTP
new gatehouse.VirtualHost("bf", { gateway: ingress, hosts: ["a.example.com"], http: route, plainPorts: ["tcp-echo"] });
// @ts-expect-error a port that speaks HTTPS
new gatehouse.VirtualHost("bg", { gateway: ingress, hosts: ["a.example.com"], http: route, plainPorts: ["https"] });

// An external service's ports say their protocols too.
// @ts-expect-error a name that does not say the protocol
new gatehouse.ExternalService("z", { hosts: ["a.example.com"], ports: { web: 8080 }, namespace });
new gatehouse.ExternalService("aa", { hosts: ["a.example.com"], ports: { web: { number: 8080, protocol: "HTTP" } }, namespace });

// Ports that are known at run time only are checked there.
const someArgs: gatehouse.IngressGatewayArgs = { namespace, ports: { "tcp-a": 1 } };
const somePorts: gatehouse.Ports = { "tcp-a": 1 };
const some = [new gatehouse.IngressGateway("ab", someArgs), new gatehouse.IngressGateway("ac", { namespace, ports: somePorts })];
for (const gateway of some) new gatehouse.TcpRoute("ad", { gateway, port: "tcp-a", destination: service });
const someRef: gatehouse.GatewayRef = { version: 1, kind: "ingress", name: "a", namespace, labels: {}, ports: { "tcp-a": { number: 1, protocol: "TCP" } } };
new gatehouse.TcpRoute("ae", { gateway: someRef, port: "tcp-a", destination: service });

// A ref that is written out is as good as one that was exported.
new gatehouse.TcpRoute("af", { gateway: { version: 1, kind: "ingress", name: "a", namespace, labels: {}, ports: { db: { number: 1, protocol: "MYSQL" } } }, port: "db", destination: service });
// @ts-expect-error a port that it does not have
new gatehouse.TcpRoute("ag", { gateway: { version: 1, kind: "ingress", name: "a", namespace, labels: {}, ports: { db: { number: 1, protocol: "MYSQL" } } }, port: "dc", destination: service });
