/** A component whose constructor throws after it is registered. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

class Broken extends pulumi.ComponentResource {
    constructor(name: string) {
        super("test:index:Broken", name, {});
        throw new Error("half a component");
    }
}

new k8s.core.v1.ConfigMap("first", { data: { a: "1" } });
new Broken("broken");
