/** One host that is right and one that is wrong, either in a plain value or in one that only the deployment knows. */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../../../../../stacks/support/namespace";

const config = new pulumi.Config();
const namespace = restrictedNamespace(config.require("namespace")).metadata.name;
const wrong = config.get("wrong");

const ingress = new gatehouse.IngressGateway("edge", {
    namespace,
    autoscaling: false,
    replicas: 1,
    service: { type: "ClusterIP", skipAwait: true },
});
const destination = { host: "backend.default.svc.cluster.local", port: { number: 80 } };
new gatehouse.VirtualHost("right", { gateway: ingress, hosts: ["right.example.com"], http: [{ route: [{ destination }] }] });

// What a resource of the same program answers: unknown until that is there.
const made = new tls.PrivateKey("made", { algorithm: "ECDSA", ecdsaCurve: "P256" });
const later = made.publicKeyOpenssh.apply(() => (wrong === "later" ? "not a host!" : "wrong.example.com"));
new gatehouse.VirtualHost("wrong", {
    gateway: ingress,
    hosts: [wrong === "now" ? "not a host!" : later],
    tls: { certificate: gatehouse.Certificate.selfSigned() },
    http: wrong === "now" ? [] : [{ route: [{ destination }] }],
});
