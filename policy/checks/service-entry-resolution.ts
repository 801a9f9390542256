/** A gateway is asked for a host and has to find an address: NONE gives it none, and a wildcard no name to look up. */
import { isWildcard, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { rulesOf } from "../objects/virtual-service";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, texts, UNKNOWN } from "../values";
import type { World } from "../world";

/** The hosts that gateways route to. */
function routedByGateways(world: World): ReadonlySet<string> {
    return new Set(
        world
            .of("networking.istio.io", "VirtualService")
            .filter(
                (service) => service.namespace !== UNKNOWN && texts(at(service.value, "spec", "gateways")).some((name) => name !== "mesh"),
            )
            .flatMap((service) =>
                rulesOf(service).flatMap(({ routes }) =>
                    routes.flatMap(({ host }) => (typeof host === "string" ? [resolveShortName(host, String(service.namespace))] : [])),
                ),
            ),
    );
}

function ofEntry(world: World, entry: Thing): PolicyFault[] {
    const hosts = texts(at(entry.value, "spec", "hosts"));
    const resolution = at(entry.value, "spec", "resolution") ?? "NONE";
    const wild = hosts.findIndex(isWildcard);
    // DYNAMIC_DNS looks a wildcard's names up as they are asked for; where there are endpoints, these are all that is reached.
    const bounded = resolution !== "NONE" && Array.isArray(at(entry.value, "spec", "endpoints"));
    if (wild >= 0 && !bounded && resolution !== UNKNOWN && resolution !== "DYNAMIC_DNS") {
        return [
            fault(
                entry,
                `spec.hosts[${wild}]`,
                `is ${shownText(hosts[wild] ?? "")} with resolution ${String(resolution)}: traffic may leave to every name below it. Name the hosts, or use DYNAMIC_DNS behind an egress gateway.`,
            ),
        ];
    }
    const routed = world.derive(routedByGateways);
    const behind = resolution === "NONE" ? hosts.find((host) => routed.has(host.toLowerCase())) : undefined;
    return behind === undefined
        ? []
        : [
              fault(
                  entry,
                  "spec.resolution",
                  `is NONE, and a gateway routes to ${shownText(behind)}: it has no address to connect to. Write DNS, or STATIC with endpoints.`,
              ),
          ];
}

export const serviceEntryResolution: Checks<"service-entry-resolution"> = {
    stack: (world) => world.of("networking.istio.io", "ServiceEntry").flatMap((entry) => ofEntry(world, entry)),
};
