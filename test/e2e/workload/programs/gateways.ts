/** Gateways of every make in one cluster: two of one name, two whose names and namespaces read alike, both data planes. */
import * as k8s from "@pulumi/kubernetes";
import * as gatehouse from "pulumi-gatehouse";

export const IMAGE = "registry.example/gatehouse:1.2.3";

/** `namespace/name` of each. */
export const GATEWAYS = ["edge/public", "edge/egress", "other/public", "a/b-c", "a-b/c", "mesh/public", "ports/public"] as const;

export function gateways(): void {
    for (const name of new Set(GATEWAYS.map((one) => one.split("/")[0] ?? ""))) {
        new k8s.core.v1.Namespace(name, { metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } } });
    }
    const balancer = {
        loadBalancerSourceRanges: ["10.0.0.0/8", "2001:db8::/32"],
        loadBalancerIP: "203.0.113.9",
        loadBalancerClass: "example.com/nlb",
        externalTrafficPolicy: "Local",
        healthCheckNodePort: 32123,
        annotations: { "cloud.example/kind": "nlb" },
    } as const;
    new gatehouse.IngressGateway("edge-public", {
        namespace: "edge",
        image: IMAGE,
        metadata: { name: "public" },
        service: balancer,
        ports: { "tcp-echo": 31400 },
        accessLog: { filter: "response.code >= 400" },
        secretVolumes: [{ secretName: "certs.example", mountPath: "/etc/certs" }],
        pod: { priorityClassName: "system-cluster-critical", tolerations: [{ key: "edge", operator: "Exists" }] },
        tls: [{ hosts: ["*.example.com"], certificate: gatehouse.Certificate.fromSecret("wildcard") }],
        extraManifestTransforms: [
            (manifest) => {
                if (manifest.kind === "Deployment" && manifest.spec) manifest.spec.revisionHistoryLimit = 3;
                return manifest;
            },
        ],
    });
    new gatehouse.EgressGateway("edge-egress", {
        namespace: "edge",
        image: IMAGE,
        metadata: { name: "egress" },
        applyTo: ["other"],
        forwardProxy: true,
        enforce: true,
    });
    new gatehouse.IngressGateway("other-public", {
        namespace: "other",
        image: IMAGE,
        metadata: { name: "public" },
        service: { type: "ClusterIP", sessionAffinity: "ClientIP" },
        autoscaling: false,
        replicas: 3,
    });
    new gatehouse.IngressGateway("a-b-c", { namespace: "a", image: IMAGE, metadata: { name: "b-c" }, service: { type: "ClusterIP" } });
    new gatehouse.IngressGateway("ab-c", { namespace: "a-b", image: IMAGE, metadata: { name: "c" }, service: { type: "ClusterIP" } });
    new gatehouse.IngressGateway("mesh-public", {
        namespace: "mesh",
        dataPlane: "istio",
        metadata: { name: "public" },
        service: { type: "ClusterIP" },
    });
    new gatehouse.IngressGateway("ports-public", {
        namespace: "ports",
        image: IMAGE,
        metadata: { name: "public" },
        service: { type: "NodePort", externalTrafficPolicy: "Cluster" },
        ports: { http: { number: 80, nodePort: 30080 }, https: { number: 443, nodePort: 30443, targetPort: 8443 } },
    });
}
