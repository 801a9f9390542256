/** The mesh's root namespace, as far as the run has the mesh's configuration. */
import { isMeshConfigMap, rootNamespaceOf } from "../../istio/semantics/root-namespace";
import type { KubeObject } from "../../istio";
import { UNKNOWN } from "../values";
import type { World } from "../world";

export function rootNamespace(world: World): string {
    const mesh = world
        .of("", "ConfigMap")
        .find(
            ({ kind, namespace, name }) =>
                namespace !== UNKNOWN && name !== UNKNOWN && isMeshConfigMap({ apiVersion: "v1", kind, metadata: { namespace, name } }),
        );
    return rootNamespaceOf(mesh?.value as unknown as KubeObject | undefined);
}
