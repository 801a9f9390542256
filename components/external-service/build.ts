/** What an ExternalService makes, as plain data: its ServiceEntry, and with a gateway the whole way through it. */
import type { DestinationRule, Gateway, HTTPRoute, ServiceEntry, TCPRoute, TLSRoute, VirtualService } from "../../istio";
import { derivedNames, OBJECT_NAME, slug } from "../arguments";
import type { AnyRef } from "../gateway";
import { metadataOf, type ExternalPort, type ExternalServicePlan, type ObjectMetadata } from "./plan";

interface Manifest<Spec> {
    readonly metadata: ObjectMetadata;
    readonly spec: Spec;
}

export function buildServiceEntry(plan: ExternalServicePlan): Manifest<ServiceEntry> {
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
export function buildGateway(plan: ExternalServicePlan, via: AnyRef): Manifest<Gateway> {
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

export function buildVirtualService(plan: ExternalServicePlan, via: AnyRef): Manifest<VirtualService> {
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

/** A rule has one host: with several each has its own, named by it. In the order of the hosts. */
export function ruleNames({ name, args: { hosts } }: ExternalServicePlan): string[] {
    return hosts.length === 1 ? [name] : derivedNames(hosts, (host) => `${name}-${slug(host)}`, OBJECT_NAME);
}

/**
 * How the gateway speaks to the host of this place in the list: as it was spoken to, or over TLS that begins here. Only
 * the gateway's namespace sees the rule: an application's sidecar speaks to the gateway, not to the host.
 */
export function buildDestinationRule(plan: ExternalServicePlan, via: AnyRef, index: number): Manifest<DestinationRule> {
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
