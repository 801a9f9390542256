/** What a TcpRoute makes, as plain data: an Istio Gateway for its port and a VirtualService behind it. */
import type { Gateway, VirtualService } from "../../istio";
import {
    istioCandidate,
    opensOf,
    routingMetadata,
    UNKNOWN,
    type Candidate,
    type Fault,
    type Made,
    type ObjectMetadata,
} from "../arguments";
import { resolveDestination } from "../destination";
import { planTcpRoute, STAND_IN, type TcpRouteData, type TcpRoutePlan } from "./plan";

export interface TcpRouteManifests {
    readonly gateway: Made<Gateway>;
    readonly virtualService: Made<VirtualService>;
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
            metadata: metadata(namespace),
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

export function tcpRouteCandidates(plan: TcpRoutePlan, faults: Fault[]): Candidate[] {
    const { gateway, virtualService } = buildTcpRoute(plan, faults);
    return [
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
