/** The bundled proxy is outside the mesh: pods that take mutual TLS only refuse it, and requests get 503. */
import { gatewayNames, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { knownHosts } from "../objects/hosts";
import { strictnessOf } from "../objects/peer-authentication";
import { isOutsideMesh, selectedPods } from "../objects/pods";
import { rulesOf } from "../objects/virtual-service";
import { fault, type Thing } from "../thing";
import { at, texts, UNKNOWN } from "../values";
import type { World } from "../world";

/** `namespace/name` of the Gateways that pods outside the mesh serve. */
function servedFromOutside(world: World): ReadonlySet<string> {
    const gateways = world.of("networking.istio.io", "Gateway").filter((gateway) => (selectedPods(world, at(gateway.value, "spec", "selector")) ?? []).some(isOutsideMesh));
    return new Set(gateways.map(({ name, namespace }) => `${String(namespace)}/${String(name)}`));
}

function isServed(world: World, service: Thing): boolean {
    const outside = world.derive(servedFromOutside);
    return gatewayNames(texts(at(service.value, "spec", "gateways")), String(service.namespace)).some((name) => outside.has(name));
}

export const destinationStrictMtls: Checks<"destination-strict-mtls"> = {
    stack: (world) => world.of("networking.istio.io", "VirtualService").filter((service) => service.namespace !== UNKNOWN && isServed(world, service)).flatMap((service) =>
        rulesOf(service).flatMap(({ routes }) => routes).flatMap(({ host, port, field }) => {
            const full = typeof host === "string" ? resolveShortName(host, String(service.namespace)) : "";
            const backend = world.derive(knownHosts).services.get(full);
            const strict = backend && strictnessOf(world, backend, port);
            if (!strict) return [];
            return [fault(service, `${field}.host`, `is ${shownText(full)}, which takes mutual TLS only by ${strict.title}; the gateway is outside the mesh. Allow plain text on that port (portLevelMtls PERMISSIVE), or run the gateway with dataPlane: "istio".`)];
        })),
};
