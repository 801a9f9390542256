/** Which pods a policy with a selector is for, and which of them obey one. */
import type { Labels } from "../semantics";
import { isAssumed } from "./default-gateway";
import { inMesh } from "./in-mesh";
import type { ObjectIndex } from "./object-index";
import type { IndexedPod } from "./pods";

/** Those of its namespace; in the root namespace those of all. */
export function selectedBy(namespace: string, labels: Labels, { pods, rootNamespace }: ObjectIndex): readonly IndexedPod[] {
    return namespace === rootNamespace ? pods.selected(labels) : pods.selectedIn(namespace, labels);
}

/** Policies bind what is in the mesh, and gateways of the bundled proxy, which decide by them. */
export function obeysPolicies(pod: IndexedPod, index: ObjectIndex): boolean {
    return pod.annotations["gatehouse.dev/run"] === "proxy" || isAssumed(pod.owner.object) || inMesh(pod, index);
}
