/** One gateway with a route of every kind. `dataPlane` and `namespace` come from the configuration: two stacks of it share a cluster. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { certificateSecret } from "../../../../../stacks/support/certificate";
import { restrictedNamespace } from "../../../../../stacks/support/namespace";
import { sample } from "../../../../../stacks/support/sample";

const config = new pulumi.Config();
const label = config.require("namespace");
const edge = restrictedNamespace(`${label}-edge`).metadata.name;
const namespace = restrictedNamespace(`${label}-apps`).metadata.name;
const ca = new gatehouse.CertificateAuthority("ca", { commonName: "Traffic CA" });

const gateway = new gatehouse.IngressGateway("public", {
    namespace: edge,
    ports: { "tcp-echo": 31400, "tls-sni": 31401 },
    dataPlane: config.require<gatehouse.DataPlane>("dataPlane"),
    image: "registry.example/gatehouse:1",
    service: { type: "ClusterIP" },
});

const web = sample("web", { run: "web", namespace, port: { name: "http", number: 80 } });
const catalog = sample("catalog", { run: "catalog", namespace, port: { name: "http", number: 80 } });

new gatehouse.VirtualHost("shop", {
    gateway,
    namespace,
    hosts: ["shop.example.com"],
    tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" },
    http: [
        { match: [{ uri: { prefix: "/items" } }], route: [{ destination: catalog }] },
        { match: [{ uri: { prefix: "/old/" } }], rewrite: { uri: "/new/" }, route: [{ destination: web }] },
        { match: [{ uri: { exact: "/gone" } }], redirect: { uri: "/here", redirectCode: 302 } },
        { match: [{ uri: { regex: "/r/[0-9]+" } }], directResponse: { status: 418, body: { string: "short and stout" } } },
        {
            match: [{ headers: { "x-team": { exact: "a" } }, method: { exact: "POST" } }],
            headers: { request: { set: { "x-seen": "yes" } }, response: { add: { "x-by": "team-a" } } },
            route: [{ destination: web }],
        },
        { match: [{ queryParams: { v: { exact: "2" } } }], rewrite: { authority: "inner.example.com" }, route: [{ destination: web }] },
        { match: [{ uri: { prefix: "/status" } }], route: [{ destination: web }], retries: { attempts: 0 } },
        { match: [{ uri: { prefix: "/delay" } }], timeout: "0.3s", route: [{ destination: web }] },
        {
            match: [{ uri: { prefix: "/api" } }],
            route: [{ destination: web }],
            corsPolicy: { allowOrigins: [{ exact: "https://a.example.com" }], allowMethods: ["GET"], maxAge: "24h" },
        },
    ],
});
new gatehouse.VirtualHost("plain", {
    gateway,
    namespace,
    hosts: ["*.plain.example.com", "plain.example.com"],
    http: [{ route: [{ destination: web }] }],
});

const echo = sample("tcp-echo-service", { run: "tcp-echo", namespace, port: { name: "tcp", number: 2701 } });
new gatehouse.TcpRoute("echo", { gateway, namespace, port: "tcp-echo", destination: echo });

const sniHost = "simple-sni-1.istioinaction.io";
const certificate = certificateSecret("simple-sni-1", { namespace, host: sniHost, ca }).metadata.name;
const tls = sample("simple-sni-1", { run: "tls-echo", namespace, port: { name: "https", number: 443 }, certificate });
new gatehouse.TcpRoute("sni", { gateway, namespace, port: "tls-sni", sniHosts: [sniHost], destination: tls });

export const caPem = ca.certificatePem;
export const addresses = gateway.addresses;
