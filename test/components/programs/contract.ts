/**
 * The program by which the components introduce themselves, word for word; only the backends are filled in. It must
 * compile and deploy as it stands: what it uses are names that others rely on.
 */
import type * as k8s from "@pulumi/kubernetes";
import * as gatehouse from "pulumi-gatehouse";

export interface Backends {
    readonly webapp: k8s.core.v1.Service;
    readonly echo: k8s.core.v1.Service;
    readonly simpleTls: k8s.core.v1.Service;
}

export function contract({ webapp, echo, simpleTls }: Backends): void {
    const ca = new gatehouse.CertificateAuthority("demo-ca", { commonName: "Gatehouse demo CA" });

    const ingress = new gatehouse.IngressGateway("public", {
        namespace: "istio-ingress",
        ports: { "tcp-echo": 31400, "tls-sni": 31401 }, // http 80 and https 443 are there by default
        service: { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"] },
        autoscaling: { minReplicas: 2, maxReplicas: 10, targetCpuPercent: 80 },
        accessLog: { filter: "response.code >= 400" },
    });

    new gatehouse.VirtualHost("webapp", {
        gateway: ingress,
        hosts: ["webapp.istioinaction.io"],
        tls: { certificate: gatehouse.Certificate.signedBy(ca), http: "redirect" },
        http: [{ match: [{ uri: { prefix: "/api" } }], route: [{ destination: webapp }] }], // Istio's HTTPRoute, destination may be a Service object
    });

    new gatehouse.TcpRoute("echo", { gateway: ingress, port: "tcp-echo", destination: echo }); // an undeclared port name does not compile
    new gatehouse.TcpRoute("sni", {
        gateway: ingress,
        port: "tls-sni",
        sniHosts: ["simple-sni-1.istioinaction.io"],
        destination: simpleTls,
    });

    const egress = new gatehouse.EgressGateway("egress", { namespace: "istio-egress", outboundTrafficPolicy: "REGISTRY_ONLY" });
    new gatehouse.ExternalService("httpbin", { hosts: ["httpbin.org"], ports: { http: 80 }, via: egress });
}
