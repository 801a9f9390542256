/** The platform team: one gateway with the certificate of every host below one domain, for other stacks to use. */
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../support/namespace";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const ca = new gatehouse.CertificateAuthority("platform-ca", { commonName: "Gatehouse platform CA" });

const gateway = new gatehouse.IngressGateway("public", {
    namespace: edge,
    service: { loadBalancerSourceRanges: ["10.0.0.0/8"] },
    ports: { "tcp-echo": 31400 },
    tls: [{ hosts: ["*.istioinaction.io"], certificate: gatehouse.Certificate.signedBy(ca), allowedNamespaces: ["istioinaction"] }],
    accessLog: { filter: "response.code >= 400" },
});

/** Plain data: what an application stack needs to know of the gateway. */
export const ingress = gateway.ref;
export const caPem = ca.certificatePem;
