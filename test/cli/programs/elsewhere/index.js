// Certificates that controllers of the cluster fill, or that are there already. `-c fault=…` takes away what says so. JavaScript, so that
// there is nothing to type-check.
"use strict";
const k8s = require("@pulumi/kubernetes");
const pulumi = require("@pulumi/pulumi");
const gatehouse = require("pulumi-gatehouse");

const fault = new pulumi.Config().get("fault");
const gateway = new gatehouse.IngressGateway("public", {
    namespace: "edge",
    image: "registry.example/gatehouse:1",
    tls: [{ hosts: ["*.shared.example.com"], certificate: gatehouse.Certificate.fromCertManager("platform") }],
});
const http = [{ directResponse: { status: 200, body: { string: "here" } } }];
const host = (name, certificate) => new gatehouse.VirtualHost(name, { gateway, hosts: [`${name}.example.com`], tls: { certificate }, http });

host("managed", gatehouse.Certificate.fromCertManager({ name: "letsencrypt", kind: "ClusterIssuer" }));
host("existing", gatehouse.Certificate.fromSecret("shop-credential"));
host("sealed", gatehouse.Certificate.selfSigned());
new gatehouse.VirtualHost("shared", { gateway, hosts: ["a.shared.example.com"], http });

// Written by hand: nothing says where its Secret comes from, but what a controller's object says.
const raw = (name, credentialName) => new k8s.apiextensions.CustomResource(name, {
    apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name, namespace: "edge" },
    spec: { selector: gateway.ref.labels, servers: [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: [`${name}.example.com`], tls: { mode: "SIMPLE", credentialName } }] },
});
new k8s.apiextensions.CustomResource("vault", { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", metadata: { name: "from-vault", namespace: fault === "namespace" ? "other" : "edge" }, spec: {} });
raw("external", "from-vault");
if (fault === "absent") raw("absent", "nowhere");
