/** A hook that does not want the resource to be made. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

const refuse = new pulumi.ResourceHook("refuse", () => {
    throw new Error("not on my watch");
});
new k8s.core.v1.ConfigMap("only", { data: { a: "1" } }, { hooks: { beforeCreate: [refuse] } });
