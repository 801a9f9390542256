/** A gateway whose certificate is mounted into it as files. A changed Secret is served without a restart. */
import * as gatehouse from "pulumi-gatehouse";
import { certificateSecret } from "../support/certificate";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const apps = restrictedNamespace("istioinaction").metadata.name;
const host = "httpbin.istioinaction.io";
const certificates = "/etc/istio/ingressgateway-certs";

const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Gatehouse demo CA" });
certificateSecret("gateway-certs", { namespace: edge, secretName: "istio-ingressgateway-certs", host, ca });

const ingress = new gatehouse.IngressGateway("public", {
    namespace: edge,
    service: { loadBalancerSourceRanges: ["10.0.0.0/8"] },
    secretVolumes: [
        { secretName: "istio-ingressgateway-certs", mountPath: certificates },
        { secretName: "istio-ingressgateway-ca-certs", mountPath: "/etc/istio/ingressgateway-ca-certs" },
    ],
});

const httpbin = sample("httpbin", { run: "web", namespace: apps, port: { name: "http", number: 8000 } });
const virtualHost = new gatehouse.VirtualHost("httpbin", {
    gateway: ingress,
    hosts: [host],
    // Served in clear on purpose: policies would have it redirected.
    metadata: { annotations: { "gatehouse.dev/plain-http": "meant" } },
    tls: {
        certificate: gatehouse.Certificate.fromFiles({ certificate: `${certificates}/tls.crt`, privateKey: `${certificates}/tls.key` }),
        http: "serve",
    },
    http: [{ match: [{ uri: { prefix: "/status" } }, { uri: { prefix: "/delay" } }], route: [{ destination: httpbin }] }],
});

export const caPem = ca.certificatePem;
export const urls = virtualHost.urls;
