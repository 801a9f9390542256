/** A resource that waits for a promise nobody keeps. */
import * as k8s from "@pulumi/kubernetes";

new k8s.core.v1.ConfigMap("first", { data: { a: "1" } });
new k8s.core.v1.ConfigMap("second", { data: { never: new Promise<string>(() => undefined) } });
export const written = true;
