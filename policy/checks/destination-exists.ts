/** A route to a host that nobody has is answered with 503. */
import { isSubsetOf, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { knownHosts, namespaceOf, ownerOf } from "../objects/hosts";
import { suggester } from "../objects/suggest";
import { rulesOf } from "../objects/virtual-service";
import { fault } from "../thing";
import { UNKNOWN } from "../values";

export const destinationExists: Checks<"destination-exists"> = {
    stack: (world, { elsewhere }) => {
        const hosts = world.derive(knownHosts);
        if (!hosts.certain) return [];
        const suggest = suggester(() => [...hosts.services.keys(), ...hosts.external.keys()]);
        return world.of("networking.istio.io", "VirtualService").flatMap((service) => rulesOf(service).flatMap(({ routes, mirrors }) => [...routes, ...mirrors]).flatMap(({ host, field }) => {
            if (typeof host !== "string" || service.namespace === UNKNOWN) return [];
            const full = resolveShortName(host, service.namespace);
            // Of a host outside, the ServiceEntry may be another stack's.
            const namespace = namespaceOf(full);
            if (namespace === undefined ? !world.complete : !world.knows(namespace)) return [];
            if (ownerOf(hosts, full) || elsewhere.some((pattern) => isSubsetOf(full, pattern))) return [];
            return [fault(service, `${field}.host`, `is ${shownText(full)}, which no Service and no ServiceEntry has.${suggest(full, " Make the Service, or a ServiceEntry for a host outside.")}`)];
        }));
    },
};
