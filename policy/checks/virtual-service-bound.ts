/** A VirtualService that no gateway takes up routes nothing, and nothing says so. */
import { delegateFault, gatewayName, isExportedTo, MESH_GATEWAY, meetingHosts, rulesOn, shownText } from "../../istio";
import type { Checks } from "../check";
import { gatewaysByName, serversOf, type ServerView } from "../objects/gateway";
import { servingNamespace } from "../objects/pods";
import { suggester } from "../objects/suggest";
import { rulesOf } from "../objects/virtual-service";
import type { ParametersOf } from "../table";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, holdsUnknown, items, text, texts, UNKNOWN } from "../values";
import type { World } from "../world";

interface Gateways {
    readonly byName: ReadonlyMap<string, Thing>;
    readonly certain: boolean;
    readonly suggest: ReturnType<typeof suggester>;
}

function gateways(world: World): Gateways {
    const byName = world.derive(gatewaysByName);
    return {
        byName,
        suggest: suggester(() => byName.keys()),
        certain: world.of("networking.istio.io", "Gateway").every(({ name, namespace }) => name !== UNKNOWN && namespace !== UNKNOWN),
    };
}

/** Whether a server takes up a host of the VirtualService. */
function binds(server: ServerView, gateway: Thing, service: Thing, hosts: readonly string[]): boolean {
    return meetingHosts(hosts, String(service.namespace), server.hosts, String(gateway.namespace)).length > 0;
}

/** Servers that speak another protocol than the rules are for take none of them. */
function withoutRules(servers: readonly ServerView[], gateway: Thing, service: Thing, field: string): PolicyFault[] {
    const rules = new Set(rulesOf(service).map(({ protocol }) => protocol));
    const taken = new Set(servers.flatMap(({ kind }) => (kind === undefined ? [] : [rulesOn(kind)])));
    if (rules.size === 0 || servers.some(({ kind }) => kind === undefined) || [...rules].some((one) => taken.has(one))) return [];
    const text = (names: ReadonlySet<string>): string => [...names].join(" and ");
    return [
        fault(
            service,
            field,
            `names ${gateway.title}, whose servers for these hosts take ${text(taken)} rules; it has ${text(rules)} rules alone: nothing is routed.`,
        ),
    ];
}

/** The namespace of a Gateway's pods where the VirtualService is not exported to it. */
function hiddenFrom(world: World, gateway: Thing, service: Thing): string | undefined {
    const exportTo = at(service.value, "spec", "exportTo");
    const pods = holdsUnknown(exportTo) ? undefined : servingNamespace(world, gateway);
    return pods === undefined || isExportedTo(texts(exportTo), String(service.namespace), pods) ? undefined : pods;
}

function ofGateway(
    world: World,
    service: Thing,
    written: string,
    field: string,
    { elsewhere }: ParametersOf<"virtual-service-bound">,
): PolicyFault[] {
    const { byName, certain, suggest } = world.derive(gateways);
    const name = gatewayName(written, String(service.namespace));
    const gateway = byName.get(name);
    if (!gateway) {
        if (!world.knows(name.split("/")[0] ?? "") || !certain || elsewhere.includes(name)) return [];
        return [fault(service, field, `names the Gateway ${shownText(name)}, which is not there: nothing is routed.${suggest(name, "")}`)];
    }
    const hosts = at(service.value, "spec", "hosts");
    if (holdsUnknown(hosts) || holdsUnknown(at(gateway.value, "spec", "servers")) || gateway.namespace === UNKNOWN) return [];
    const hidden = hiddenFrom(world, gateway, service);
    if (hidden !== undefined)
        return [
            fault(
                service,
                "spec.exportTo",
                `does not reach namespace ${hidden}, where the pods of ${gateway.title} are: nothing is routed.`,
            ),
        ];
    const binding = serversOf(gateway).filter((server) => binds(server, gateway, service, texts(hosts)));
    if (binding.length > 0) return withoutRules(binding, gateway, service, field);
    const served = [...new Set(serversOf(gateway).flatMap((server) => server.hosts.map((one) => one.text)))].slice(0, 5);
    return [
        fault(
            service,
            field,
            `names ${gateway.title}, none of whose servers takes ${texts(hosts).slice(0, 5).map(shownText).join(", ")} from namespace ${String(service.namespace)}: they take ${served.map(shownText).join(", ")}.`,
        ),
    ];
}

/** A rule that hands its requests to what cannot take them is left out. What is not there may be another stack's. */
function ofDelegates(world: World, service: Thing): PolicyFault[] {
    return items(at(service.value, "spec", "http")).flatMap((rule, index) => {
        const name = text(at(rule, "delegate", "name"));
        const namespace = text(at(rule, "delegate", "namespace")) || String(service.namespace);
        const target = name === undefined ? undefined : world.derive(services).get(`${namespace}/${name}`);
        if (!target) return [];
        const [hosts, exportTo] = [at(target.value, "spec", "hosts"), at(target.value, "spec", "exportTo")];
        if (holdsUnknown(hosts) || holdsUnknown(exportTo)) return [];
        const found = delegateFault({ namespace, hosts: items(hosts), exportTo: texts(exportTo) }, String(service.namespace));
        return found
            ? [
                  fault(
                      service,
                      `spec.http[${index}].delegate`,
                      `names ${target.title}, which ${found.message}: the rule is left out. ${found.fix}`,
                  ),
              ]
            : [];
    });
}

function services(world: World): ReadonlyMap<string, Thing> {
    return new Map(world.of("networking.istio.io", "VirtualService").map((one) => [`${String(one.namespace)}/${String(one.name)}`, one]));
}

export const virtualServiceBound: Checks<"virtual-service-bound"> = {
    stack: (world, parameters) =>
        world.of("networking.istio.io", "VirtualService").flatMap((service) => {
            // A delegate has no hosts: the rule that names it binds it.
            if (service.namespace === UNKNOWN || at(service.value, "spec", "hosts") === undefined) return [];
            const ofGateways = items(at(service.value, "spec", "gateways")).flatMap((name, index) =>
                typeof name !== "string" || name === MESH_GATEWAY
                    ? []
                    : ofGateway(world, service, name, `spec.gateways[${index}]`, parameters),
            );
            return [...ofGateways, ...ofDelegates(world, service)];
        }),
};
