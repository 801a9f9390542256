/**
 * What an application's traffic meets: a virtual server for each address and port that its hosts have, with the rules that hold
 * there. HTTP is told apart by its Host on any address of a port, TLS by its server name, everything else by its address alone
 * (Istio pilot/pkg/networking/core, listener.go, httproute.go and tls.go).
 */
import { imports } from "../../../../istio/semantics/sidecars";
import type { ObjectContext } from "../../context/objects";
import type { HostDefinition, HostSource } from "../../routing/model/backends";
import { familyOf, type Visible } from "./families";
import { ImportedRules, importedServices, meshVirtualServices, type MeshVirtualService } from "./mesh-virtual-services";
import { allowAny, allowAnyName, blockAll, type OutboundRules } from "./outbound-rules";
import { outboundScope, type EgressListener, type OutboundScope } from "./outbound-scope";
import { Servers, type MeshPlan, type UnknownRules } from "./virtual-servers";

export function planMesh(context: ObjectContext, sources: readonly HostSource[], rulesOf: (key: string) => OutboundRules): MeshPlan {
    const scope = outboundScope(context);
    const definitions = definitionsOf(sources);
    const services = meshVirtualServices(context);
    const servers = new Servers(context, scope, unknownRules(scope), rulesOf);
    const used = new Set<number>();
    for (const listener of scope.listeners) {
        const seen = visibleOn(listener, definitions, used);
        const imported = new ImportedRules(importedServices(services, listener.hosts));
        addListener(servers, listener, seen, imported);
        if (listener.port !== undefined) used.add(listener.port);
    }
    addProxy(context, servers, scope, definitions, services);
    servers.addUnknown();
    return servers.plan();
}

/** Of two that define a port of a host the first has it. */
function definitionsOf(sources: readonly HostSource[]): readonly HostDefinition[] {
    return sources.flatMap((source) => source.hosts());
}

function visibleOn(listener: EgressListener, definitions: readonly HostDefinition[], used: ReadonlySet<number>): readonly Visible[] {
    const taken = new Set<string>();
    return definitions.flatMap((definition): readonly Visible[] => {
        if (!imports(listener.hosts, definition.namespace, definition.host)) return [];
        return portsOn(listener, definition, used).flatMap(({ port, listens }) => {
            const key = `${definition.host} ${port.number}`;
            const family = familyOf(port);
            if (family === undefined || taken.has(key)) return [];
            taken.add(key);
            return [{ definition, port, family, listens }];
        });
    });
}

type Listened = Pick<Visible, "port" | "listens">;

/** A host with one port is asked for on a Sidecar's, whatever its own is. */
function portsOn({ port: wanted, protocol }: EgressListener, { ports }: HostDefinition, used: ReadonlySet<number>): readonly Listened[] {
    const asTheyAre = ports.map((port) => ({ port, listens: port.number }));
    if (wanted === undefined) return asTheyAre.filter(({ listens }) => !used.has(listens));
    if (isProxyProtocol(protocol)) return asTheyAre;
    const same = asTheyAre.filter(({ listens }) => listens === wanted);
    return same.length > 0 || ports.length !== 1 ? same : asTheyAre.map(({ port }) => ({ port, listens: wanted }));
}

function isProxyProtocol(protocol: string): boolean {
    return protocol.toUpperCase() === "HTTP_PROXY";
}

const LOOPBACK = "127.0.0.1";

function addListener(servers: Servers, listener: EgressListener, seen: readonly Visible[], services: ImportedRules): void {
    const { port, protocol, bind, isOpen, field } = listener;
    if (port !== undefined && isProxyProtocol(protocol)) {
        servers.addProxy({ address: bind || LOOPBACK, port }, seen, services, field);
        return;
    }
    // Nothing turns traffic round to a listener that is open: it stands where its clients look for it.
    const address = bind || (isOpen ? LOOPBACK : "");
    servers.addHosts(seen, services, address, field);
    if (isOpen) for (const number of new Set(seen.map(({ listens }) => listens))) servers.addDoor("local", address, number, field);
}

function addProxy(
    { settings }: ObjectContext,
    servers: Servers,
    scope: OutboundScope,
    definitions: readonly HostDefinition[],
    services: readonly MeshVirtualService[],
): void {
    if (settings.transparent) servers.addDoor("transparent", settings.transparent.address, settings.transparent.port, "");
    if (settings.httpProxy === undefined) return;
    // A listener for one port shows its hosts there; a proxy is asked for all of them by their ports.
    const whole = scope.listeners.filter(({ protocol }) => !isProxyProtocol(protocol));
    const used = new Set<number>();
    const seen = whole.flatMap((listener) => {
        const visible = visibleOn(listener, definitions, used);
        if (listener.port !== undefined) used.add(listener.port);
        return visible;
    });
    const hosts = whole.flatMap((listener) => listener.hosts);
    servers.addProxy(settings.httpProxy, seen, new ImportedRules(importedServices(services, hosts)), "");
}

function unknownRules({ subject, mode, modeField, egressProxy }: OutboundScope): UnknownRules {
    if (mode === "REGISTRY_ONLY") return { byAddress: blockAll(subject, modeField), byName: blockAll(subject, modeField) };
    return { byAddress: allowAny(subject, modeField, egressProxy), byName: allowAnyName(subject, modeField, egressProxy) };
}
