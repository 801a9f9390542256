/** The bundled proxy is outside the mesh: pods that take mutual TLS only refuse it, and requests get 503. */
import { resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { isServedFromOutside } from "../objects/bundled";
import { knownHosts } from "../objects/hosts";
import { strictnessOf } from "../objects/peer-authentication";
import { rulesOf } from "../objects/virtual-service";
import { fault } from "../thing";
import { UNKNOWN } from "../values";

export const destinationStrictMtls: Checks<"destination-strict-mtls"> = {
    stack: (world) =>
        world
            .of("networking.istio.io", "VirtualService")
            .filter((service) => service.namespace !== UNKNOWN && isServedFromOutside(world, service))
            .flatMap((service) =>
                rulesOf(service)
                    .flatMap(({ routes }) => routes)
                    .flatMap(({ host, port, field }) => {
                        const full = typeof host === "string" ? resolveShortName(host, String(service.namespace)) : "";
                        const backend = world.derive(knownHosts).services.get(full);
                        const strict = backend && strictnessOf(world, backend, port);
                        if (!strict) return [];
                        return [
                            fault(
                                service,
                                `${field}.host`,
                                `is ${shownText(full)}, which takes mutual TLS only by ${strict.title}; the gateway is outside the mesh. Allow plain text on that port (portLevelMtls PERMISSIVE), or run the gateway with dataPlane: "istio".`,
                            ),
                        ];
                    }),
            ),
};
