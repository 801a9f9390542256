import * as k8s from "@pulumi/kubernetes";

/** A namespace that takes no pod with more rights than it needs. Everything in the stacks runs in one. */
export function restrictedNamespace(name: string): k8s.core.v1.Namespace {
    return new k8s.core.v1.Namespace(name, {
        metadata: { name, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
}
