/** A gateway without a load balancer: every port on a fixed port of the nodes. */
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const apps = restrictedNamespace("istioinaction").metadata.name;

const ingress = new gatehouse.IngressGateway("public", {
    namespace: edge,
    service: { type: "NodePort" },
    ports: {
        http: false,
        http2: { number: 80, nodePort: 30000 },
        https: { number: 443, nodePort: 30443 },
        mysql: { number: 3306, protocol: "TCP", nodePort: 30306 },
    },
});

const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Gatehouse demo CA" });
const webapp = new gatehouse.VirtualHost("webapp", {
    gateway: ingress,
    hosts: ["webapp.istioinaction.io"],
    // Served in clear on purpose: policies would have it redirected.
    metadata: { annotations: { "gatehouse.dev/plain-http": "meant" } },
    tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "serve" },
    http: [{ route: [{ destination: sample("webapp", { run: "web", namespace: apps, port: { name: "http", number: 80 } }) }] }],
});

new gatehouse.TcpRoute("mysql", {
    gateway: ingress,
    port: "mysql",
    destination: sample("mysql-service", { run: "mysql-echo", namespace: apps, port: { name: "mysql", number: 3306 } }),
});

export const caPem = ca.certificatePem;
export const urls = webapp.urls;
