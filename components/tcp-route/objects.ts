/** What a TcpRoute makes, as plain data: an Istio Gateway for its port and a VirtualService behind it. */
import type { AuthorizationPolicy, Gateway, VirtualService } from "../../istio";
import { addressCandidates, otherTargets, within } from "../access";
import {
    istioCandidate,
    labelsWith,
    opensOf,
    routingMetadata,
    UNKNOWN,
    type Candidate,
    type Fault,
    type Made,
    type ObjectMetadata,
} from "../arguments";
import { resolveDestination } from "../destination";
import { inLowerCase } from "../gateway";
import { connectionLimitAnnotations } from "../host-limits";
import { planTcpRoute, policyName, STAND_IN, type TcpRouteData, type TcpRoutePlan } from "./plan";

export interface TcpRouteManifests {
    readonly gateway: Made<Gateway>;
    readonly virtualService: Made<VirtualService>;
}

function withMarks({ annotations, ...metadata }: ObjectMetadata, marks: Record<string, string>): ObjectMetadata {
    const all = labelsWith(annotations, marks);
    return { ...metadata, ...(Object.keys(all).length > 0 ? { annotations: all } : {}) };
}

/** What is wrong with the destination goes to `faults`. */
export function buildTcpRoute(plan: TcpRoutePlan, faults: Fault[] = []): TcpRouteManifests {
    const { name, args, namespace, port, passthrough, hosts } = plan;
    const { gateway } = args;
    const metadata = (home: string): ObjectMetadata => routingMetadata("tcp-route", name, home, args.metadata);
    const route = [{ destination: resolveDestination(args.destination, namespace, "destination", faults) }];
    return {
        gateway: {
            metadata: metadata(gateway.namespace),
            spec: {
                selector: gateway.labels,
                servers: [
                    {
                        port: { number: port.number, protocol: port.protocol, name: port.name },
                        hosts,
                        ...(passthrough ? { tls: { mode: "PASSTHROUGH" } } : {}),
                    },
                ],
            },
        },
        virtualService: {
            metadata: withMarks(metadata(namespace), connectionLimitAnnotations(args.limits)),
            spec: {
                hosts,
                gateways: [`${gateway.namespace}/${name}`],
                ...(passthrough
                    ? { tls: [{ match: [{ port: port.number, sniHosts: hosts }], route }] }
                    : { tcp: [{ match: [{ port: port.number }], route }] }),
            },
        },
    };
}

/**
 * Keeps out whoever is not in the list: as a DENY policy, since one that lets in would close every other port of the gateway.
 * It leaves out those other ports, HTTP's too, and does not name its own: one that nobody knew of is closed and not open.
 * The client's address is the one that a trusted hop tells by the PROXY protocol, and without one the peer's.
 */
export function buildAllowList({ name, args, port, passthrough }: TcpRoutePlan): Made<AuthorizationPolicy> {
    const { gateway, ipAllowList = [], sniHosts } = args;
    const names = passthrough && sniHosts ? { serverNames: inLowerCase(sniHosts) } : {};
    const scope = { ...names, notPorts: otherTargets(gateway, port.name) };
    return {
        metadata: routingMetadata("tcp-route", name, gateway.namespace, args.metadata, policyName(name)),
        spec: {
            selector: { matchLabels: gateway.labels },
            action: "DENY",
            rules: [within(scope, { from: [{ source: { notRemoteIpBlocks: ipAllowList } }] })],
        },
    };
}

/** As far as it is known: the gateway's ports decide on the rule. */
export function outlineAllowList(component: string, args: TcpRouteData): object {
    const isKnown = typeof args.gateway === "object";
    const { metadata, spec } = buildAllowList(planTcpRoute(component, isKnown ? args : { ...args, gateway: STAND_IN }));
    const open = !isKnown || opensOf(args)("gateway.ports", "sniHosts");
    return { metadata, spec: { ...spec, ...(isKnown ? {} : { selector: UNKNOWN }), ...(open ? { rules: UNKNOWN } : {}) } };
}

export function tcpRouteCandidates(plan: TcpRoutePlan, faults: Fault[]): Candidate[] {
    const { gateway, virtualService } = buildTcpRoute(plan, faults);
    return [
        ...addressCandidates(plan.args.ipAllowList, "ipAllowList"),
        istioCandidate("Gateway", gateway, [["spec.servers[0].hosts", "sniHosts"]]),
        istioCandidate("VirtualService", virtualService, [
            ["spec.hosts", "sniHosts"],
            ["spec.tcp[0].route[0].destination", "destination"],
            ["spec.tls[0].route[0].destination", "destination"],
        ]),
    ];
}

/** What is made, as far as it is known. The protocol decides on what stands in both objects. */
export function outlineTcpRoute(component: string, args: TcpRouteData): object {
    const isKnown = typeof args.gateway === "object";
    const { gateway, virtualService } = buildTcpRoute(planTcpRoute(component, isKnown ? args : { ...args, gateway: STAND_IN }));
    if (isKnown && !opensOf(args)("gateway.ports")) return { gateway, virtualService };
    return {
        gateway: { ...gateway, spec: { selector: isKnown ? gateway.spec.selector : UNKNOWN, servers: UNKNOWN } },
        virtualService: {
            ...virtualService,
            spec: { hosts: virtualService.spec.hosts, gateways: virtualService.spec.gateways, tls: UNKNOWN, tcp: UNKNOWN },
        },
    };
}
