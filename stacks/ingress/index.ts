/** Kubernetes Ingresses on a gateway of their own class, with a certificate in the gateway's namespace. */
import * as k8s from "@pulumi/kubernetes";
import * as gatehouse from "pulumi-gatehouse";
import { certificateSecret } from "../support/certificate";
import { restrictedNamespace } from "../support/namespace";
import { sample } from "../support/sample";

const edge = restrictedNamespace("istio-ingress").metadata.name;
const shop = restrictedNamespace("shop").metadata.name;

const web = sample("web", { run: "web", namespace: shop, port: { name: "http", number: 80 } });
const catalog = sample("catalog", { run: "catalog", namespace: shop, port: { name: "http", number: 8000 } });

const gateway = new gatehouse.IngressGateway("public", {
    namespace: edge,
    ingressClass: { isDefault: true },
    service: { loadBalancerSourceRanges: ["10.0.0.0/8"] },
});

const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Gatehouse demo CA" });
const certificate = certificateSecret("shop-tls", { namespace: edge, secretName: "shop-tls", host: "shop.example.com", ca });

const backend = (
    service: k8s.core.v1.Service,
    port: k8s.types.input.networking.v1.ServiceBackendPort,
): k8s.types.input.networking.v1.IngressBackend => ({ service: { name: service.metadata.name, port } });

// One host: the longest path first, a Service's port by its name and by its number.
new k8s.networking.v1.Ingress(
    "shop",
    {
        metadata: { name: "shop", namespace: shop },
        spec: {
            ingressClassName: "public",
            tls: [{ hosts: ["shop.example.com"], secretName: certificate.metadata.name }],
            rules: [
                {
                    host: "shop.example.com",
                    http: {
                        paths: [
                            { path: "/items", pathType: "Exact", backend: backend(catalog, { name: "http" }) },
                            { path: "/status/*", pathType: "ImplementationSpecific", backend: backend(web, { number: 80 }) },
                            { path: "/api", pathType: "Prefix", backend: backend(web, { number: 80 }) },
                        ],
                    },
                },
            ],
        },
    },
    { dependsOn: gateway },
);

// It names no class, so that it gets the default one.
new k8s.networking.v1.Ingress(
    "pages",
    {
        metadata: { name: "pages", namespace: shop },
        spec: {
            defaultBackend: backend(web, { name: "http" }),
            rules: [
                {
                    host: "*.pages.example.com",
                    http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(web, { name: "http" }) }] },
                },
            ],
        },
    },
    { dependsOn: gateway },
);

export const caPem = ca.certificatePem;
