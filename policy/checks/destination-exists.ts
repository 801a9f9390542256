/** A route to a host that nobody has, or to a port that it does not have, is answered with 503. */
import { isSubsetOf, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { knownHosts, namespaceOf, ownerOf } from "../objects/hosts";
import { clientNamespaces, hiddenFrom } from "../objects/sight";
import { suggester } from "../objects/suggest";
import { rulesOf } from "../objects/virtual-service";
import { fault, isKind, type PolicyFault, type Thing } from "../thing";
import { at, holdsUnknown, items, UNKNOWN } from "../values";
import type { World } from "../world";

/** A destination names a port that its host has; where there is one only, it need not. */
function ofPort(service: Thing, owner: Thing, host: string, port: number | undefined, field: string): PolicyFault[] {
    const ports = items(at(owner.value, "spec", "ports")).map((one) => at(one, isKind(owner, "", "Service") ? "port" : "number"));
    if (port === undefined || holdsUnknown(at(owner.value, "spec", "ports")) || ports.includes(port)) return [];
    const there = ports.length === 0 ? "It has none." : `Its ports are ${ports.slice(0, 20).join(", ")}.`;
    return [fault(service, `${field}.port.number`, `is ${port}, which ${owner.title} does not have as ${shownText(host)}. ${there}`)];
}

/** A gateway sees what is exported to the namespace of its pods. */
function ofSight(world: World, service: Thing, owner: Thing, host: string, field: string): PolicyFault[] {
    const hidden = hiddenFrom(owner, clientNamespaces(world, service) ?? []);
    return hidden === undefined
        ? []
        : [
              fault(
                  service,
                  `${field}.host`,
                  `is ${shownText(host)}, and ${owner.title} is not exported to namespace ${hidden}, where the gateway's pods are.`,
              ),
          ];
}

export const destinationExists: Checks<"destination-exists"> = {
    stack: (world, { elsewhere }) => {
        const hosts = world.derive(knownHosts);
        if (!hosts.certain) return [];
        const suggest = suggester(() => [...hosts.services.keys(), ...hosts.external.keys()]);
        return world.of("networking.istio.io", "VirtualService").flatMap((service) =>
            rulesOf(service)
                .flatMap(({ routes, mirrors }) => [...routes, ...mirrors])
                .flatMap(({ host, port, field }) => {
                    if (typeof host !== "string" || service.namespace === UNKNOWN) return [];
                    const full = resolveShortName(host, service.namespace);
                    // Of a host outside, the ServiceEntry may be another stack's.
                    const namespace = namespaceOf(full);
                    if (namespace === undefined ? !world.complete : !world.knows(namespace)) return [];
                    const owner = ownerOf(hosts, full);
                    if (owner) return [...ofSight(world, service, owner, full, field), ...ofPort(service, owner, full, port, field)];
                    if (elsewhere.some((pattern) => isSubsetOf(full, pattern))) return [];
                    return [
                        fault(
                            service,
                            `${field}.host`,
                            `is ${shownText(full)}, which no Service and no ServiceEntry has.${suggest(full, " Make the Service, or a ServiceEntry for a host outside.")}`,
                        ),
                    ];
                }),
        );
    },
};
