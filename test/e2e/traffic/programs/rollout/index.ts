/** One gateway that serves one host. What changes while it serves comes from the configuration. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../../../../../stacks/support/namespace";
import { sample } from "../../../../../stacks/support/sample";

const config = new pulumi.Config();
const edge = restrictedNamespace("rollout-edge").metadata.name;
const namespace = restrictedNamespace("rollout-apps").metadata.name;
const ca = new gatehouse.CertificateAuthority("ca", { commonName: "Rollout CA" });

const gateway = new gatehouse.IngressGateway("public", {
    namespace: edge,
    image: config.require("image"),
    autoscaling: false,
    replicas: config.requireNumber("replicas"),
    service: { type: "ClusterIP" },
});

new gatehouse.VirtualHost("shop", {
    gateway,
    namespace,
    hosts: ["shop.example.com"],
    // Another validity is another certificate: that is what a rotation does.
    tls: { certificate: gatehouse.Certificate.signedBy(ca, { validityHours: config.requireNumber("validityHours") }), http: "redirect" },
    http: [
        {
            route: [{ destination: sample("web", { run: "web", namespace, port: { name: "http", number: 80 } }) }],
            headers: { response: { set: { "x-edition": config.require("edition") } } },
        },
    ],
});

export const caPem = ca.certificatePem;
