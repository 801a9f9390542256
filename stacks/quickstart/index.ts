/** Two hosts behind one gateway, each with its own certificate; plain HTTP is redirected. */
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const shop = restrictedNamespace("istioinaction").metadata.name;

const webapp = sample("webapp", { run: "web", namespace: shop, port: { name: "http", number: 80 } });
const catalog = sample("catalog", { run: "catalog", namespace: shop, port: { name: "http", number: 80 } });

const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Gatehouse demo CA" });
const ingress = new gatehouse.IngressGateway("public", { namespace: edge, service: { loadBalancerSourceRanges: ["10.0.0.0/8"] } });

const webappHost = new gatehouse.VirtualHost("webapp", {
    gateway: ingress,
    hosts: ["webapp.istioinaction.io"],
    tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" },
    http: [{ match: [{ uri: { prefix: "/api" } }], route: [{ destination: webapp }] }],
});

const catalogHost = new gatehouse.VirtualHost("catalog", {
    gateway: ingress,
    hosts: ["catalog.istioinaction.io"],
    tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" },
    http: [{ route: [{ destination: catalog }] }],
});

export const caPem = ca.certificatePem;
export const urls = { webapp: webappHost.urls, catalog: catalogHost.urls };
