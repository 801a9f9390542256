/** The stack that `referring` reads. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const map = new k8s.core.v1.ConfigMap("shared", { data: { a: "1" } });
export const name = map.metadata.name;
export const password = pulumi.secret("correct-horse");
export const nested = { open: 1, hidden: pulumi.secret("shh") };
