/** An apply that throws, between two resources. */
import * as k8s from "@pulumi/kubernetes";

const first = new k8s.core.v1.ConfigMap("first", { data: { a: "1" } });
const broken = first.metadata.name.apply((name): string => {
    throw new Error(`cannot use a name of ${typeof name}`);
});
new k8s.core.v1.ConfigMap("second", { data: { broken } });
