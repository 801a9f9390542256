/**
 * What an application's traffic meets: a virtual server for each address and port that its hosts have, with the rules that hold
 * there. HTTP is told apart by its Host on any address of a port, TLS by its server name, everything else by its address alone
 * (Istio pilot/pkg/networking/core, listener.go, httproute.go and tls.go).
 */
import { imports } from "../../../../istio/semantics/sidecars";
import type { ObjectContext } from "../../context/objects";
import type { HostDefinition, HostSource } from "../../routing/model/backends";
import { ImportedRules, importedServices, meshVirtualServices } from "./mesh-virtual-services";
import { allowAny, allowAnyName, blockAll } from "./outbound-rules";
import { outboundScope, type EgressListener, type OutboundScope } from "./outbound-scope";
import { Servers, type MeshPlan, type UnknownRules, type WrittenRules } from "./virtual-servers";
import { Visible, type MeshHosts } from "./visible";

/** What the proxy's application may see, and which rules are for what each listener shows. */
export interface Outlook {
    readonly scope: OutboundScope;
    readonly unknown: UnknownRules;
    /** Of each listener of the scope. */
    readonly rules: readonly ImportedRules[];
    /** Listeners of which all is asked for through the HTTP proxy, and the rules for that. */
    readonly whole: readonly EgressListener[];
    readonly wholeRules: ImportedRules;
}

export function outlook(context: ObjectContext): Outlook {
    const scope = outboundScope(context);
    const services = meshVirtualServices(context);
    // A listener for one port shows its hosts there; a proxy is asked for all of them by their ports.
    const whole = scope.listeners.filter(({ protocol }) => !isProxyProtocol(protocol));
    const rulesFor = (listeners: readonly EgressListener[]): ImportedRules =>
        new ImportedRules(
            importedServices(
                services,
                listeners.flatMap(({ hosts }) => hosts),
            ),
        );
    return {
        scope,
        unknown: unknownRules(scope),
        rules: scope.listeners.map((one) => rulesFor([one])),
        whole,
        wholeRules: rulesFor(whole),
    };
}

export function planMesh(
    { settings }: Pick<ObjectContext, "settings">,
    seen: Outlook,
    definitions: readonly HostDefinition[],
    known: MeshHosts,
    written: WrittenRules,
    before: MeshPlan | undefined,
): MeshPlan {
    const { scope, unknown, rules, whole, wholeRules } = seen;
    const servers = new Servers(scope, unknown, written, before);
    const shown = shownOn(scope.listeners, definitions, known);
    for (const [at, listener] of scope.listeners.entries()) addListener(servers, listener, shown[at] ?? [], rules[at] ?? NO_RULES);
    if (settings.transparent) servers.addDoor("transparent", settings.transparent.address, settings.transparent.port, "");
    if (settings.httpProxy) {
        const all = whole.length === scope.listeners.length ? shown : shownOn(whole, definitions, known);
        servers.addProxy(settings.httpProxy, all.flat(), wholeRules, "");
    }
    servers.addUnknown();
    return servers.plan();
}

const NO_RULES = new ImportedRules([]);

/** Of two that define a port of a host the first has it. */
export function definitionsOf(sources: readonly HostSource[]): readonly HostDefinition[] {
    return sources.flatMap((source) => source.hosts());
}

/** What each of these listeners shows; ports of those before are no longer others'. */
function shownOn(
    listeners: readonly EgressListener[],
    definitions: readonly HostDefinition[],
    known: MeshHosts,
): readonly (readonly Visible[])[] {
    const used = new Set<number>();
    return listeners.map((listener) => {
        const shown = visibleOn(listener, definitions, known, used);
        if (listener.port !== undefined) used.add(listener.port);
        return shown;
    });
}

function visibleOn(
    listener: EgressListener,
    definitions: readonly HostDefinition[],
    known: MeshHosts,
    used: ReadonlySet<number>,
): readonly Visible[] {
    const taken = new Set<string>();
    const shown: Visible[] = [];
    for (const definition of definitions) {
        if (!imports(listener.hosts, definition.namespace, definition.host)) continue;
        for (const one of portsOn(listener, definition, known.portsOf(definition), used)) {
            if (taken.has(one.id)) continue;
            taken.add(one.id);
            shown.push(one);
        }
    }
    return shown;
}

/** A host with one port is asked for on a Sidecar's, whatever its own is. */
function portsOn(
    { port: wanted, protocol }: EgressListener,
    definition: HostDefinition,
    ports: readonly Visible[],
    used: ReadonlySet<number>,
): readonly Visible[] {
    if (wanted === undefined) return used.size === 0 ? ports : ports.filter(({ listens }) => !used.has(listens));
    if (isProxyProtocol(protocol)) return ports;
    const same = ports.filter(({ listens }) => listens === wanted);
    return same.length > 0 || definition.ports.length !== 1
        ? same
        : ports.map(({ port, family, names }) => new Visible(definition, port, family, wanted, names));
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

function unknownRules({ subject, mode, modeField, egressProxy }: OutboundScope): UnknownRules {
    if (mode === "REGISTRY_ONLY") return { byAddress: blockAll(subject, modeField), byName: blockAll(subject, modeField) };
    return { byAddress: allowAny(subject, modeField, egressProxy), byName: allowAnyName(subject, modeField, egressProxy) };
}
