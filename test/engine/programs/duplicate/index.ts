/** One URN twice. */
import * as k8s from "@pulumi/kubernetes";

new k8s.core.v1.ConfigMap("same", { data: { a: "1" } });
new k8s.core.v1.ConfigMap("same", { data: { a: "2" } });
