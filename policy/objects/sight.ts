/** What the gateways that serve a VirtualService see of other objects: they look from the namespace of their pods. */
import { exportToOfService, gatewayNames, isExportedTo, ruleNamespaces } from "../../istio";
import { isKind, type Thing } from "../thing";
import { at, entries, holdsUnknown, texts } from "../values";
import type { World } from "../world";
import { gatewaysByName } from "./gateway";
import { servingNamespace } from "./pods";
import { rootNamespace } from "./root-namespace";
import { isForMesh } from "./virtual-service";

/** The namespaces of the pods; undefined where one of them is not known, or sidecars look from others. */
export function clientNamespaces(world: World, service: Thing): readonly string[] | undefined {
    if (isForMesh(service) || holdsUnknown(at(service.value, "spec", "gateways"))) return undefined;
    const byName = world.derive(gatewaysByName);
    const found = gatewayNames(texts(at(service.value, "spec", "gateways")), String(service.namespace)).map((name) => {
        const gateway = byName.get(name);
        return gateway && servingNamespace(world, gateway);
    });
    return found.every((one) => one !== undefined) ? [...new Set(found)] : undefined;
}

/** The first of these namespaces that a Service, ServiceEntry or DestinationRule is not exported to. */
export function hiddenFrom(thing: Thing, clients: readonly string[]): string | undefined {
    const isService = isKind(thing, "", "Service");
    const said = isService ? at(thing.value, "metadata", "annotations") : at(thing.value, "spec", "exportTo");
    if (holdsUnknown(said)) return undefined;
    const exportTo = isService ? exportToOfService(Object.fromEntries(entries(said)) as Record<string, string>) : texts(said);
    return clients.find((client) => !isExportedTo(exportTo, String(thing.namespace), client));
}

/** The first of these namespaces from which a DestinationRule for a host of `home` is not found. */
export function overlookedFrom(world: World, rule: Thing, home: string | undefined, clients: readonly string[]): string | undefined {
    const root = world.derive(rootNamespace);
    return hiddenFrom(rule, clients) ?? clients.find((client) => !ruleNamespaces(client, home, root).includes(String(rule.namespace)));
}
