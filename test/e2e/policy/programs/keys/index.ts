/** A key among inputs and outputs, in clear or marked; or a Gateway with a host that is marked as secret. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const mode = config.require("mode") as "clear" | "marked" | "host";
const plain = config.require("key");
const key = mode === "clear" ? plain : pulumi.secret(plain);

if (mode === "host") {
    new k8s.apiextensions.CustomResource("edge", {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "edge", namespace: "istio-ingress" },
        spec: {
            selector: { istio: "ingressgateway" },
            servers: [
                {
                    port: { number: 443, name: "https", protocol: "HTTPS" },
                    hosts: [pulumi.secret(`*.${config.require("marker")}`)],
                    tls: { mode: "SIMPLE", credentialName: "edge" },
                },
            ],
        },
    });
} else {
    new k8s.core.v1.ConfigMap("keys", { metadata: { name: "keys", namespace: "istio-ingress" }, data: { "tls.key": key } });
    new k8s.core.v1.Secret("keys", { metadata: { name: "keys", namespace: "istio-ingress" }, stringData: { "tls.key": key } });
}

export const privateKey = mode === "host" ? "" : key;
