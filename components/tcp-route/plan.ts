/** What a TcpRoute decides before anything is made: its port, and what is wrong with its arguments. */
import { addressFaults } from "../access";
import { fault, nameFaults, namePath, UNKNOWN, type Fault, type Judged, type Taken } from "../arguments";
import type { DestinationData } from "../destination";
import { hostClaim, hostsFaults, inLowerCase, portClaim, portsText, refFaults, type AnyRef, type NamedPort } from "../gateway";
import { connectionLimitFaults, withSoundHostLimits } from "../host-limits";
import { STREAM_PROTOCOLS, type AnyPorts } from "../ports";
import { shapeFaults, type KnownArgs } from "../schema";
import { TCP_ROUTE, type TcpRouteArgs } from "./schema";

/** `TcpRouteArgs` once every value is there. */
export type TcpRouteData = KnownArgs<TcpRouteArgs<AnyPorts>, { readonly gateway: AnyRef; readonly destination: DestinationData }>;

export interface TcpRoutePlan {
    readonly name: string;
    readonly args: TcpRouteData;
    /** Of the VirtualService. */
    readonly namespace: string;
    readonly port: NamedPort;
    /** Whether the connection is passed on by the name that its client asks for, TLS and all. */
    readonly passthrough: boolean;
    /** The names it is for. */
    readonly hosts: readonly string[];
}

function portOf({ gateway, port }: TcpRouteData): NamedPort | undefined {
    const found = gateway.ports[port];
    return found && STREAM_PROTOCOLS.includes(found.protocol) ? { name: port, number: found.number, protocol: found.protocol } : undefined;
}

export function planTcpRoute(component: string, args: TcpRouteData): TcpRoutePlan {
    const port = portOf(args) ?? { name: args.port, number: 0, protocol: "TCP" };
    return {
        name: args.metadata?.name ?? component,
        args,
        namespace: args.namespace ?? args.gateway.namespace,
        port,
        passthrough: port.protocol === "TLS",
        hosts: inLowerCase(args.sniHosts ?? ["*"]),
    };
}

/** The policy that keeps out whoever is not in the list. */
export const policyName = (name: string): string => `${name}-ips`;

function outlineFaults(component: string, args: TcpRouteData): Fault[] {
    const { metadata, namespace, sniHosts } = args;
    return [
        ...nameFaults(namePath(metadata), metadata?.name ?? component),
        ...(namespace === undefined ? [] : nameFaults("namespace", namespace)),
        ...refFaults("gateway", args.gateway, "ingress"),
        ...(sniHosts === undefined
            ? []
            : hostsFaults("sniHosts", sniHosts, {
                  address: "is an address, which no client names in SNI; name the host, or leave sniHosts out",
              })),
    ];
}

function portFaults(args: TcpRouteData): Fault[] {
    const { gateway, port, sniHosts } = args;
    const declared = gateway.ports[port];
    const has = `${gateway.namespace}/${gateway.name} has ${portsText(gateway)}.`;
    if (!declared) return [fault("GH0203", "port", `the gateway has no port ${JSON.stringify(port)}; ${has}`)];
    if (!portOf(args))
        return [
            fault(
                "GH0203",
                "port",
                `${port} speaks ${declared.protocol}, which a VirtualHost routes; ${has}`,
                "Take a port that speaks TCP, TLS or a database's protocol.",
            ),
        ];
    if (sniHosts === undefined || declared.protocol === "TLS") return [];
    return [
        fault(
            "GH0210",
            "sniHosts",
            `${port} speaks ${declared.protocol}, in which clients name no host.`,
            "Leave sniHosts out, or take a port that speaks TLS.",
        ),
    ];
}

/** Held in place of a gateway that is not known, or has been found fault with, so that the destination can be looked at. */
export const STAND_IN: AnyRef = {
    version: 1,
    kind: "ingress",
    name: UNKNOWN,
    namespace: UNKNOWN,
    labels: {},
    ports: { tcp: { number: 1, protocol: "TCP" } },
};

export function judgeTcpRoute(component: string, args: TcpRouteData): Judged<TcpRoutePlan> {
    const outline = outlineFaults(component, args);
    const known = outline.length === 0 && typeof args.gateway === "object";
    const ports = known ? portFaults(args) : [];
    const dataPlane = typeof args.gateway === "object" ? (args.gateway?.dataPlane ?? "gatehouse") : "gatehouse";
    const faults = [
        ...outline,
        ...ports,
        ...shapeFaults(args, TCP_ROUTE),
        ...addressFaults(args.ipAllowList, "ipAllowList"),
        ...connectionLimitFaults("limits", args.limits, dataPlane),
    ];
    if (known && ports.length === 0) return { faults, plan: planTcpRoute(component, withSoundHostLimits(args, faults)), sound: true };
    const { destination, ipAllowList } = args;
    const standIn = { gateway: STAND_IN, port: "tcp", destination, ...(ipAllowList ? { ipAllowList } : {}) };
    return { faults, plan: planTcpRoute(UNKNOWN, standIn), sound: false };
}

export function takenByTcpRoute({ name, args, namespace, port }: TcpRoutePlan): Taken {
    const { gateway, sniHosts, metadata } = args;
    const path = namePath(metadata);
    return {
        claims: sniHosts?.map((host, index) => hostClaim(gateway, port, host, `sniHosts[${index}]`)) ?? [portClaim(gateway, port, "port")],
        names: [
            { kind: "VirtualService", namespace, name, path },
            { kind: "Gateway", namespace: gateway.namespace, name, path },
            ...(args.ipAllowList ? [{ kind: "AuthorizationPolicy", namespace: gateway.namespace, name: policyName(name), path }] : []),
        ],
    };
}
