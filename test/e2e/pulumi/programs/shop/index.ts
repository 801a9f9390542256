/** A gateway with three hosts, each with a certificate of another make; what changes from run to run is configured. */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../../../../../stacks/support/namespace";

const config = new pulumi.Config();
const namespaceName = config.require("namespace");
const namespace = config.getBoolean("namespaceExists") ? namespaceName : restrictedNamespace(namespaceName).metadata.name;

// A label for everything, as platform teams ask for.
const team = config.get("team");
if (team) {
    pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
        if (!type.startsWith("kubernetes:")) return undefined;
        const metadata = props["metadata"] as { readonly labels?: Readonly<Record<string, string>> } | undefined;
        return { props: { ...props, metadata: { ...metadata, labels: { ...metadata?.labels, team } } }, opts };
    });
}

const ca = new gatehouse.CertificateAuthority("shop-ca", { commonName: "Shop CA" });
const ingress = new gatehouse.IngressGateway("edge", {
    namespace,
    autoscaling: false,
    replicas: 1,
    service: { type: "ClusterIP", skipAwait: true },
});

const destination = { host: "backend.default.svc.cluster.local", port: { number: 80 } };
const cart = new gatehouse.VirtualHost("cart", {
    gateway: ingress,
    hosts: ["cart.example.com"],
    tls: { certificate: gatehouse.Certificate.signedBy(ca, { validityHours: config.getNumber("validityHours") ?? 2160 }) },
    http: [{ match: [{ uri: { prefix: config.get("prefix") ?? "/" } }], route: [{ destination }] }],
});
new gatehouse.VirtualHost("search", {
    gateway: ingress,
    hosts: ["search.example.com"],
    tls: { certificate: gatehouse.Certificate.selfSigned({ algorithm: "RSA" }) },
    http: [{ route: [{ destination }] }],
});
// A key from the configuration, given in clear: from here on it must be a secret all the same.
const certificatePem = config.get("certificatePem");
if (certificatePem) {
    new gatehouse.VirtualHost("partner", {
        gateway: ingress,
        hosts: ["partner.example.com"],
        tls: { certificate: gatehouse.Certificate.fromPem({ certificatePem, privateKeyPem: config.require("privateKeyPem") }) },
        http: [{ route: [{ destination }] }],
    });
}

export const credentialName = cart.credentialName;
export const authorityKey = ca.privateKeyPem;
export const address = ingress.addresses;
