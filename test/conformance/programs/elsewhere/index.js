// Certificates that controllers of the cluster fill, or that are there already. JavaScript, so that there is nothing to type-check.
"use strict";
const k8s = require("@pulumi/kubernetes");
const gatehouse = require("pulumi-gatehouse");

const gateway = new gatehouse.IngressGateway("public", {
    namespace: "edge",
    image: `registry.example/gatehouse:1@sha256:${"0a".repeat(32)}`,
    ingressClass: { name: "edge" },
    secretVolumes: [{ secretName: "from-team", mountPath: "/etc/team" }],
    tls: [{ hosts: ["*.shared.example.com"], certificate: gatehouse.Certificate.fromCertManager("platform") }],
});
const http = [{ directResponse: { status: 200, body: { string: "here" } } }];
const host = (name, certificate) => new gatehouse.VirtualHost(name, { gateway, hosts: [`${name}.example.com`], tls: { certificate }, http });

host("managed", gatehouse.Certificate.fromCertManager({ name: "letsencrypt", kind: "ClusterIssuer" }));
host("existing", gatehouse.Certificate.fromSecret("shop-credential"));
host("files", gatehouse.Certificate.fromFiles({ certificate: "/etc/team/tls.crt", privateKey: "/etc/team/tls.key" }));
host("sealed", gatehouse.Certificate.selfSigned());
new gatehouse.VirtualHost("shared", { gateway, hosts: ["a.shared.example.com"], http });

// Written by hand: nothing says where its Secret comes from, but what a controller's object says.
const raw = (name, credentialName) => new k8s.apiextensions.CustomResource(name, {
    apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name, namespace: "edge" },
    spec: { selector: gateway.ref.labels, servers: [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: [`${name}.example.com`], tls: { mode: "SIMPLE", credentialName } }] },
});
new k8s.apiextensions.CustomResource("vault", { apiVersion: "external-secrets.io/v1", kind: "ExternalSecret", metadata: { name: "from-vault", namespace: "edge" }, spec: {} });
raw("external", "from-vault");

// As cert-manager's users ask for a certificate without a Certificate.
const app = new k8s.core.v1.Service("app", { metadata: { name: "app", namespace: "edge" }, spec: { selector: { app: "app" }, ports: [{ name: "http", port: 80 }] } });
new k8s.networking.v1.Ingress("asking", {
    metadata: { name: "asking", namespace: "edge", annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" } },
    spec: {
        ingressClassName: "edge",
        tls: [{ hosts: ["asking.example.com"], secretName: "asking-tls" }],
        rules: [{ host: "asking.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: app.metadata.name, port: { number: 80 } } } }] } }],
    },
});
