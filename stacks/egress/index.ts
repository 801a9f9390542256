/** From an application to the outside: through an egress gateway, brought there by a mesh, or by the application itself as to its proxy. */
import * as k8s from "@pulumi/kubernetes";
import * as gatehouse from "pulumi-gatehouse";
import { certificateSecret } from "../support/certificate";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const out = restrictedNamespace("istio-egress").metadata.name;
const shop = restrictedNamespace("shop").metadata.name;
const outside = restrictedNamespace("outside").metadata.name;

// What stands for the outside: four hosts in one pod.
const ca = new gatehouse.CertificateAuthority("outside-ca", { commonName: "The outside's CA" });
const certificate = certificateSecret("external-tls", {
    namespace: outside,
    host: "api.payments.example",
    hosts: ["api.bank.example", "*.search.example", "news.example"],
    ca,
});
sample("external", { run: "external", namespace: outside, port: { name: "tcp", number: 80 }, certificate: certificate.metadata.name });
const endpoints = [{ address: "external.outside.svc.cluster.local" }];
/** Its address is one of the cluster, which no name outside may have unless it is listed. */
const innerAddresses = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"];

// The application. In a mesh its proxy is injected; on a laptop `gatehouse up` runs one in its place.
sample("checkout", {
    run: "web",
    namespace: shop,
    port: { name: "http", number: 80 },
    labels: { "sidecar.istio.io/inject": "true" },
});

const egress = new gatehouse.EgressGateway("egress", {
    namespace: out,
    // Brought there by the mesh, or by HTTP_PROXY and HTTPS_PROXY.
    applyTo: ["shop"],
    forwardProxy: true,
    enforce: true,
});
const common = { via: egress, endpoints, innerAddresses };

// As it came: in the clear, and TLS by its name.
new gatehouse.ExternalService("news", {
    ...common,
    hosts: ["news.example"],
    ports: { http: { number: 80 }, https: { number: 443, targetPort: 80 } },
    timeout: "5s",
});

// Of many hosts below one.
new gatehouse.ExternalService("search", { ...common, hosts: ["*.search.example"], ports: { https: { number: 443, targetPort: 80 } } });

// Plain HTTP inside, TLS from the gateway on, by the outside's authority.
const authority = new k8s.core.v1.Secret("outside-authority", {
    metadata: { name: "outside-authority", namespace: out },
    stringData: { "ca.crt": ca.certificatePem },
});
new gatehouse.ExternalService("payments", {
    ...common,
    hosts: ["api.payments.example"],
    ports: { http: { number: 80, targetPort: 80 } },
    mode: "originate",
    tls: { credentialName: authority.metadata.name },
    retries: { attempts: 2, retryOn: "connect-failure,refused-stream,503" },
});

// And with a certificate to show.
const client = certificateSecret("bank-client", { namespace: out, secretName: "bank-client", host: "shop", ca, use: "client_auth" });
new gatehouse.ExternalService("bank", {
    ...common,
    hosts: ["api.bank.example"],
    ports: { http: { number: 80, targetPort: 80 } },
    mode: "mutual",
    tls: { credentialName: client.metadata.name },
});

export const proxy = egress.proxyUrl;
