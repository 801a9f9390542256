/** What the platform's stack becomes when its team drops the port for TCP: all else is as it was. */
import * as gatehouse from "pulumi-gatehouse";
import { restrictedNamespace } from "../../../../../stacks/support/namespace";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const ca = new gatehouse.CertificateAuthority("platform-ca", { commonName: "Gatehouse platform CA" });

const gateway = new gatehouse.IngressGateway("public", {
    namespace: edge,
    tls: [{ hosts: ["*.istioinaction.io"], certificate: gatehouse.Certificate.signedBy(ca) }],
    accessLog: { filter: "response.code >= 400" },
});

export const ingress = gateway.ref;
export const caPem = ca.certificatePem;
