/** A TCP echo on 31400, and on 31401 two TLS backends that a client tells apart by the name it asks for. */
import * as gatehouse from "pulumi-gatehouse";
import { certificateSecret } from "../support/certificate";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const apps = restrictedNamespace("istioinaction").metadata.name;

const ingress = new gatehouse.IngressGateway("public", {
    namespace: edge,
    service: { loadBalancerSourceRanges: ["10.0.0.0/8"] },
    ports: { http: false, https: false, "tcp-echo": 31400, "tls-sni": 31401 },
});

const echo = sample("tcp-echo-service", { run: "tcp-echo", namespace: apps, port: { name: "tcp", number: 2701 } });
new gatehouse.TcpRoute("echo", { gateway: ingress, port: "tcp-echo", destination: echo });

// The gateway passes TLS through: each backend shows a certificate of its own.
const ca = new gatehouse.CertificateAuthority("backend-ca", { commonName: "Gatehouse backend CA" });
for (const name of ["simple-sni-1", "simple-sni-2"]) {
    const host = `${name}.istioinaction.io`;
    const certificate = certificateSecret(name, { namespace: apps, host, ca }).metadata.name;
    const backend = sample(name, { run: "tls-echo", namespace: apps, port: { name: "https", number: 443 }, certificate });
    new gatehouse.TcpRoute(`${name}-route`, { gateway: ingress, port: "tls-sni", sniHosts: [host], destination: backend });
}

export const caPem = ca.certificatePem;
