/** A route to a host that nobody has, or to a port that it does not have, is answered with 503. */
import { isSubsetOf, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { knownHosts, namespaceOf, ownerOf } from "../objects/hosts";
import { suggester } from "../objects/suggest";
import { rulesOf } from "../objects/virtual-service";
import { fault, isKind, type Fault, type Thing } from "../thing";
import { at, holdsUnknown, items, UNKNOWN } from "../values";

/** A destination names a port that its host has; where there is one only, it need not. */
function ofPort(service: Thing, owner: Thing, host: string, port: number | undefined, field: string): Fault[] {
    const ports = items(at(owner.value, "spec", "ports")).map((one) => at(one, isKind(owner, "", "Service") ? "port" : "number"));
    if (port === undefined || holdsUnknown(at(owner.value, "spec", "ports")) || ports.includes(port)) return [];
    const there = ports.length === 0 ? "It has none." : `Its ports are ${ports.slice(0, 20).join(", ")}.`;
    return [fault(service, `${field}.port.number`, `is ${port}, which ${owner.title} does not have as ${shownText(host)}. ${there}`)];
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
                    if (owner) return ofPort(service, owner, full, port, field);
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
