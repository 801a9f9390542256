/** A gateway reads the Secrets of its own namespace: one elsewhere leaves its hosts without certificate, in silence. */
import { secretMeant, shownText } from "../../istio";
import type { Checks } from "../check";
import { isSecret } from "../objects/certificates";
import { credentialsOf, serversOf } from "../objects/gateway";
import { servingNamespace } from "../objects/pods";
import { fault, type PolicyFault, type Thing } from "../thing";
import { UNKNOWN } from "../values";
import type { World } from "../world";

/** The namespaces that have a Secret of a name; undefined where one of them is not known. */
function secretNamespaces(world: World): ReadonlyMap<string, readonly string[]> | undefined {
    const byName = new Map<string, string[]>();
    for (const { name, namespace } of world.things.filter(isSecret)) {
        if (name === UNKNOWN || namespace === UNKNOWN) return undefined;
        byName.set(name, [...(byName.get(name) ?? []), namespace]);
    }
    return byName;
}

function ofGateway(world: World, gateway: Thing): PolicyFault[] {
    const own = servingNamespace(world, gateway);
    if (own === undefined) return [];
    return serversOf(gateway)
        .flatMap(credentialsOf)
        .flatMap(({ name, field }) => {
            const meant = secretMeant(name, own);
            if (meant === undefined)
                return [
                    fault(
                        gateway,
                        field,
                        `is ${shownText(name)}, which names no Secret; its gateway reads those of namespace ${own} only.`,
                    ),
                ];
            if (meant.namespace !== own)
                return [
                    fault(
                        gateway,
                        field,
                        `names the Secret ${shownText(name)} in namespace ${meant.namespace}; its gateway is in namespace ${own} and reads those of that one only.`,
                    ),
                ];
            const places = world.derive(secretNamespaces)?.get(meant.name) ?? [];
            if (places.length === 0 || places.includes(own)) return [];
            return [
                fault(
                    gateway,
                    field,
                    `names the Secret ${shownText(name)}, which is in namespace ${places.join(", ")}. Put it in namespace ${own}, where its gateway is.`,
                ),
            ];
        });
}

export const gatewaySecretNamespace: Checks<"gateway-secret-namespace"> = {
    stack: (world) => world.of("networking.istio.io", "Gateway").flatMap((gateway) => ofGateway(world, gateway)),
};
