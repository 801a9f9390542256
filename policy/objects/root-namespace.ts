/** The mesh's root namespace, as far as the run has the mesh's configuration. */
import { isMeshConfigMap, rootNamespaceOf } from "../../istio/semantics/root-namespace";
import type { KubeObject } from "../../istio";
import { isKind } from "../thing";
import { UNKNOWN } from "../values";
import type { World } from "../world";

export function rootNamespace(world: World): string {
    const mesh = world.things.find(
        (thing) =>
            isKind(thing, "", "ConfigMap") &&
            thing.namespace !== UNKNOWN &&
            thing.name !== UNKNOWN &&
            isMeshConfigMap({
                apiVersion: "v1",
                kind: thing.kind,
                metadata: { namespace: String(thing.namespace), name: String(thing.name) },
            }),
    );
    return rootNamespaceOf(mesh?.value as unknown as KubeObject | undefined);
}
