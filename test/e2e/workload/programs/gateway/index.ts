/** One gateway in a namespace of its own; the configuration value `args` says the rest, so that a test changes it between runs. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";

const config = new pulumi.Config();
const args = config.getObject<Partial<gatehouse.IngressGatewayArgs>>("args") ?? {};
const namespace = new k8s.core.v1.Namespace("edge", {
    metadata: { name: "edge", labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
}).metadata.name;

// How many pods the namespace may have, where a test wants that to be too few.
const pods = config.get("podQuota");
const quota =
    pods === undefined
        ? []
        : [new k8s.core.v1.ResourceQuota("quota", { metadata: { name: "quota", namespace }, spec: { hard: { pods } } })];

const gateway = new gatehouse.IngressGateway(
    "public",
    { namespace, image: "registry.example/gatehouse:1", service: { type: "ClusterIP", skipAwait: true }, ...args },
    { dependsOn: quota },
);

export const ref = gateway.ref;
export const addresses = gateway.addresses;
