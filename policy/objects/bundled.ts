/** What the bundled proxy serves: it is outside the mesh. */
import { gatewayNames } from "../../istio";
import { NETWORKING, type Thing } from "../thing";
import { at, texts } from "../values";
import type { World } from "../world";
import { isOutsideMesh, selectedPods } from "./pods";

/** `namespace/name` of the Gateways that pods outside the mesh serve. */
function servedFromOutside(world: World): ReadonlySet<string> {
    const gateways = world
        .of(NETWORKING, "Gateway")
        .filter((gateway) => (selectedPods(world, at(gateway.value, "spec", "selector")) ?? []).some(isOutsideMesh));
    return new Set(gateways.map(({ name, namespace }) => `${String(namespace)}/${String(name)}`));
}

/** Whether a VirtualService names a Gateway that the bundled proxy serves. */
export function isServedFromOutside(world: World, service: Thing): boolean {
    const outside = world.derive(servedFromOutside);
    return gatewayNames(texts(at(service.value, "spec", "gateways")), String(service.namespace)).some((name) => outside.has(name));
}
