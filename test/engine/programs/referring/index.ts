/** Reads another stack's outputs, plain and secret. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const reference = new pulumi.StackReference("shared", { name: `organization/referred/${pulumi.getStack()}` });
new k8s.core.v1.ConfigMap("copy", { data: { name: reference.requireOutput("name"), password: reference.requireOutput("password") } });
export const nested = reference.getOutput("nested");
export const missing = reference.getOutput("missing").apply((value) => value === undefined);
export const details = reference.getOutputDetails("password").then((found) => found.secretValue !== undefined);
