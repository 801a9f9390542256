/** A transform that throws. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

pulumi.runtime.registerResourceTransform(({ type }) => {
    if (type.startsWith("kubernetes:")) throw new Error("no transform today");
    return undefined;
});
new k8s.core.v1.ConfigMap("only", { data: { a: "1" } });
