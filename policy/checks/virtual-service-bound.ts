/** A VirtualService that no gateway takes up routes nothing, and nothing says so. */
import { gatewayName, MESH_GATEWAY, meetingHost, shownText } from "../../istio";
import type { Checks } from "../check";
import { serversOf, type ServerView } from "../objects/gateway";
import { suggester } from "../objects/suggest";
import { isForMesh, rulesOf } from "../objects/virtual-service";
import type { ParametersOf } from "../table";
import { fault, type Fault, type Thing } from "../thing";
import { at, holdsUnknown, items, texts, UNKNOWN } from "../values";
import type { World } from "../world";

interface Gateways {
    readonly byName: ReadonlyMap<string, Thing>;
    readonly certain: boolean;
    readonly suggest: ReturnType<typeof suggester>;
}

function gateways(world: World): Gateways {
    const all = world.of("networking.istio.io", "Gateway");
    const byName = new Map(all.map((one) => [`${String(one.namespace)}/${String(one.name)}`, one]));
    return {
        byName, suggest: suggester(() => byName.keys()),
        certain: all.every(({ name, namespace }) => name !== UNKNOWN && namespace !== UNKNOWN),
    };
}

/** Whether a server takes up a host of the VirtualService. Bytes without names are routed by port alone. */
function binds(server: ServerView, gateway: Thing, service: Thing, hosts: readonly string[]): boolean {
    if (server.family === "tcp") return rulesOf(service).some(({ protocol }) => protocol === "tcp");
    return server.hosts.some((one) => hosts.some((host) => meetingHost(host, String(service.namespace), one, String(gateway.namespace)) !== undefined));
}

function ofGateway(world: World, service: Thing, written: string, field: string, { elsewhere }: ParametersOf<"virtual-service-bound">): Fault[] {
    const { byName, certain, suggest } = world.derive(gateways);
    const name = gatewayName(written, String(service.namespace));
    const gateway = byName.get(name);
    if (!gateway) {
        if (!world.knows(name.split("/")[0] ?? "") || !certain || elsewhere.includes(name)) return [];
        return [fault(service, field, `names the Gateway ${shownText(name)}, which is not there: nothing is routed.${suggest(name, "")}`)];
    }
    const hosts = at(service.value, "spec", "hosts");
    if (holdsUnknown(hosts) || holdsUnknown(at(gateway.value, "spec", "servers")) || gateway.namespace === UNKNOWN) return [];
    if (serversOf(gateway).some((server) => binds(server, gateway, service, texts(hosts)))) return [];
    const served = [...new Set(serversOf(gateway).flatMap((server) => server.hosts.map((one) => one.text)))].slice(0, 5);
    return [fault(service, field, `names ${gateway.title}, none of whose servers takes ${texts(hosts).slice(0, 5).map(shownText).join(", ")} from namespace ${String(service.namespace)}: they take ${served.map(shownText).join(", ")}.`)];
}

export const virtualServiceBound: Checks<"virtual-service-bound"> = {
    stack: (world, parameters) => world.of("networking.istio.io", "VirtualService").flatMap((service) => {
        // A delegate has no hosts: the rule that names it binds it.
        const named = items(at(service.value, "spec", "gateways"));
        if (service.namespace === UNKNOWN || at(service.value, "spec", "hosts") === undefined || (isForMesh(service) && named.length === 0)) return [];
        return named.flatMap((name, index) => (typeof name !== "string" || name === MESH_GATEWAY ? [] : ofGateway(world, service, name, `spec.gateways[${index}]`, parameters)));
    }),
};
