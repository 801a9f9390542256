/** Which pods Istio's analysis counts to the mesh (pkg/config/analysis/analyzers/util/in_mesh.go). */
import { listAt, textAt } from "./loose";
import type { ObjectIndex } from "./object-index";
import type { IndexedPod } from "./pods";

/** A proxy among the containers; the word of the pod; that of its namespace. */
export function inMesh(pod: IndexedPod, index: ObjectIndex): boolean {
    const containers = [...listAt(pod.spec, "containers"), ...(pod.owner.ref.kind === "Pod" ? listAt(pod.spec, "initContainers") : [])];
    if (containers.some((container) => textAt(container, "name") === "istio-proxy" && textAt(container, "image"))) {
        return true;
    }
    const said = pod.labels["sidecar.istio.io/inject"] ?? pod.annotations["sidecar.istio.io/inject"];
    return said === undefined
        ? index.findOther("", "Namespace", "", pod.namespace)?.labels["istio-injection"] === "enabled"
        : said === "true";
}

/** Objects of the control plane and of Istio's own gateways, which some analyzers leave alone. */
export function isControlPlane(labels: Readonly<Record<string, string>>): boolean {
    return Object.hasOwn(labels, "istio") || labels["release"] === "istio";
}
