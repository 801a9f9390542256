/** A VirtualService that names no gateway is one for the mesh's sidecars alone: no gateway ever serves it. */
import type { Checks } from "../check";
import { fault } from "../thing";
import { at } from "../values";

export const virtualServiceGateway: Checks<"virtual-service-gateway"> = {
    stack: (world) =>
        world.of("networking.istio.io", "VirtualService").flatMap((service) => {
            const gateways = at(service.value, "spec", "gateways");
            const isSaid = gateways !== undefined && !(Array.isArray(gateways) && gateways.length === 0);
            // A delegate has no hosts: the rule that names it binds it.
            if (isSaid || at(service.value, "spec", "hosts") === undefined) return [];
            return [
                fault(
                    service,
                    "spec.gateways",
                    "names no gateway, so that the mesh's sidecars alone take it. Name a gateway, or `mesh` where that is what is meant.",
                ),
            ];
        }),
};
