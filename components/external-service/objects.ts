/**
 * What an ExternalService makes, as plain data: its ServiceEntry, and with a gateway the whole way through it. The outlines
 * are what is made as far as it is known while some arguments are not: UNKNOWN stands wherever a value that is not known
 * decides on what there is.
 */
import type { DestinationRule, Gateway, HTTPRoute, ServiceEntry, TCPRoute, TLSRoute, VirtualService } from "../../istio";
import { istioCandidate, opensOf, routingMetadata, UNKNOWN, type Candidate, type Made, type ObjectMetadata } from "../arguments";
import type { AnyRef } from "../gateway";
import { planExternalService, ruleNames, type ExternalPort, type ExternalServiceData, type ExternalServicePlan } from "./plan";

function metadataOf({ name, args }: ExternalServicePlan, namespace: string, own = name): ObjectMetadata {
    return routingMetadata("external-service", name, namespace, args.metadata, own);
}

export function buildServiceEntry(plan: ExternalServicePlan): Made<ServiceEntry> {
    const {
        args: { hosts, addresses, endpoints, exportTo },
        ports,
        resolution,
    } = plan;
    return {
        metadata: metadataOf(plan, plan.namespace),
        spec: {
            hosts,
            ...(addresses ? { addresses } : {}),
            // A wildcard is looked up by the name in the ClientHello: Istio takes TLS for that, and not the word HTTPS.
            ports: ports.map(({ through, ...port }) =>
                resolution === "DYNAMIC_DNS" && through === "tls" ? { ...port, protocol: "TLS" } : port,
            ),
            location: "MESH_EXTERNAL",
            resolution,
            ...(endpoints ? { endpoints } : {}),
            ...(exportTo ? { exportTo } : {}),
        },
    };
}

/** The servers by which the egress gateway takes the traffic in, on the ports that the outside has. */
export function buildGateway(plan: ExternalServicePlan, via: AnyRef): Made<Gateway> {
    return {
        metadata: metadataOf(plan, via.namespace),
        spec: {
            selector: via.labels,
            servers: plan.ports.map(({ name, number, protocol, through }) => ({
                // What begins with TLS is passed through, whatever is inside.
                port: { number, protocol: through === "tls" ? "TLS" : protocol, name },
                hosts: plan.args.hosts,
                ...(through === "tls" ? { tls: { mode: "PASSTHROUGH" } } : {}),
            })),
        },
    };
}

const gatewayHost = (via: AnyRef): string => `${via.name}.${via.namespace}.svc.cluster.local`;

/** From the mesh to the gateway, and at the gateway to the host that was asked for. */
function httpRules({ args: { hosts } }: ExternalServicePlan, { number }: ExternalPort, via: AnyRef, gateway: string): HTTPRoute[] {
    const inside: HTTPRoute = {
        match: [{ gateways: ["mesh"], port: number }],
        route: [{ destination: { host: gatewayHost(via), port: { number } } }],
    };
    const outside = hosts.map(
        (host): HTTPRoute => ({
            // With one host every request is for it. With several the Host header says for which; clients add the port or not.
            match:
                hosts.length === 1
                    ? [{ gateways: [gateway], port: number }]
                    : [host, `${host}:${number}`].map((authority) => ({
                          gateways: [gateway],
                          port: number,
                          authority: { exact: authority },
                      })),
            route: [{ destination: { host, port: { number } } }],
        }),
    );
    return [inside, ...outside];
}

function tlsRules({ args: { hosts } }: ExternalServicePlan, { number }: ExternalPort, via: AnyRef, gateway: string): TLSRoute[] {
    return hosts.flatMap((host): TLSRoute[] => [
        {
            match: [{ gateways: ["mesh"], port: number, sniHosts: [host] }],
            route: [{ destination: { host: gatewayHost(via), port: { number } } }],
        },
        { match: [{ gateways: [gateway], port: number, sniHosts: [host] }], route: [{ destination: { host, port: { number } } }] },
    ]);
}

function tcpRules({ args: { hosts } }: ExternalServicePlan, { number }: ExternalPort, via: AnyRef, gateway: string): TCPRoute[] {
    const [host = ""] = hosts;
    return [
        { match: [{ gateways: ["mesh"], port: number }], route: [{ destination: { host: gatewayHost(via), port: { number } } }] },
        { match: [{ gateways: [gateway], port: number }], route: [{ destination: { host, port: { number } } }] },
    ];
}

export function buildVirtualService(plan: ExternalServicePlan, via: AnyRef): Made<VirtualService> {
    const gateway = `${via.namespace}/${plan.name}`;
    const through = (kind: ExternalPort["through"]): ExternalPort[] => plan.ports.filter((port) => port.through === kind);
    const http = through("http").flatMap((port) => httpRules(plan, port, via, gateway));
    const tls = through("tls").flatMap((port) => tlsRules(plan, port, via, gateway));
    const tcp = through("tcp").flatMap((port) => tcpRules(plan, port, via, gateway));
    return {
        metadata: metadataOf(plan, plan.namespace),
        spec: {
            hosts: plan.args.hosts,
            gateways: ["mesh", gateway],
            ...(http.length > 0 ? { http } : {}),
            ...(tls.length > 0 ? { tls } : {}),
            ...(tcp.length > 0 ? { tcp } : {}),
            ...(plan.args.exportTo ? { exportTo: plan.args.exportTo } : {}),
        },
    };
}

/**
 * How the gateway speaks to the host of this place in the list: as it was spoken to, or over TLS that begins here. Only
 * the gateway's namespace sees the rule: an application's sidecar speaks to the gateway, not to the host.
 */
export function buildDestinationRule(plan: ExternalServicePlan, via: AnyRef, index: number): Made<DestinationRule> {
    const { hosts, tls } = plan.args;
    const host = hosts[index] ?? "";
    const origination = plan.ports
        .filter(({ through }) => through === "http")
        .map(({ number }) => ({
            port: { number },
            tls: { mode: "SIMPLE" as const, ...(host.startsWith("*") ? {} : { sni: host }), ...tls },
        }));
    return {
        metadata: metadataOf(plan, via.namespace, ruleNames(plan)[index]),
        spec: {
            host,
            trafficPolicy: { tls: { mode: "DISABLE" }, ...(tls ? { portLevelSettings: origination } : {}) },
            exportTo: ["."],
        },
    };
}

export function externalServiceCandidates(plan: ExternalServicePlan): Candidate[] {
    const { via, args } = plan;
    const pairs: readonly (readonly [string, string])[] = [
        ["spec.hosts", "hosts"],
        ["spec.endpoints", "endpoints"],
        ["spec.addresses", "addresses"],
        ["spec.exportTo", "exportTo"],
        ...plan.ports.map(({ name }, index) => [`spec.ports[${index}]`, `ports.${name}`] as const),
    ];
    const entry = istioCandidate("ServiceEntry", buildServiceEntry(plan), pairs);
    if (!via) return [entry];
    return [
        entry,
        istioCandidate("Gateway", buildGateway(plan, via), pairs),
        istioCandidate("VirtualService", buildVirtualService(plan, via), pairs),
        ...args.hosts.map((_host, index) =>
            istioCandidate("DestinationRule", buildDestinationRule(plan, via, index), [
                ["spec.trafficPolicy.portLevelSettings[0].tls", "tls"],
            ]),
        ),
    ];
}

const HIDDEN: AnyRef = { version: 1, kind: "egress", name: UNKNOWN, namespace: UNKNOWN, labels: {}, ports: {} };

interface Outlined {
    readonly plan: ExternalServicePlan;
    readonly via: AnyRef;
    readonly opens: ReturnType<typeof opensOf>;
}

/** The plan is right in everything but what hangs on an argument that is open. */
function outlined(component: string, known: ExternalServiceData): Outlined {
    const via = typeof known.via === "object" ? known.via : HIDDEN;
    const args = known.via === undefined ? known : { ...known, via };
    return { plan: planExternalService(component, args), via, opens: opensOf(known) };
}

export function outlineServiceEntry(component: string, known: ExternalServiceData): object {
    const { plan, opens } = outlined(component, known);
    const { metadata, spec } = buildServiceEntry(plan);
    // A wildcard among the hosts is looked up in another way.
    const decided = !opens("hosts") && typeof known.endpoints !== "string";
    return {
        metadata,
        spec: { ...spec, ...(decided && !opens("ports") ? {} : { ports: UNKNOWN }), ...(decided ? {} : { resolution: UNKNOWN }) },
    };
}

export function outlineGateway(component: string, known: ExternalServiceData): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildGateway(plan, via);
    return { metadata, spec: { selector: via === HIDDEN ? UNKNOWN : spec.selector, servers: opens("ports") ? UNKNOWN : spec.servers } };
}

export function outlineDestinationRule(component: string, known: ExternalServiceData, index: number): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildDestinationRule(plan, via, index);
    // A name that is cut is made of the whole of it.
    const named = known.hosts.length === 1 || !opens("hosts", "metadata.name");
    const decided = !known.tls || !opens(`hosts[${index}]`, "ports");
    return {
        metadata: named ? metadata : { ...metadata, name: UNKNOWN },
        spec: { ...spec, trafficPolicy: decided ? spec.trafficPolicy : UNKNOWN },
    };
}

export function outlineVirtualService(component: string, known: ExternalServiceData): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildVirtualService(plan, via);
    return { metadata, spec: opens("ports") ? { ...spec, http: UNKNOWN, tls: UNKNOWN, tcp: UNKNOWN } : spec };
}
