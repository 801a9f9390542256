/** What a TcpRoute makes, as plain data: an Istio Gateway for its port and a VirtualService behind it. */
import type { Gateway, KubeObject, VirtualService } from "../../istio";
import {
    fault,
    fieldMap,
    labelsWith,
    nameFaults,
    namePath,
    objectFaults,
    opensOf,
    recommendedLabels,
    takeClaims,
    takeNames,
    UNKNOWN,
    type Fault,
    type Metadata,
    type Owner,
} from "../arguments";
import { resolveDestination, type DestinationData } from "../destination";
import { hostClaim, hostsFaults, inLowerCase, portClaim, portsText, refFaults, type AnyRef, type NamedPort } from "../gateway";
import { STREAM_PROTOCOLS } from "../ports";

/** `TcpRouteArgs` once every value is there. */
export interface TcpRouteData {
    readonly gateway: AnyRef;
    readonly port: string;
    readonly sniHosts?: readonly string[];
    readonly destination: DestinationData;
    readonly namespace?: string;
    readonly metadata?: Metadata;
}

type ObjectMetadata = {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
};

export interface TcpRouteManifests {
    readonly gateway: { readonly metadata: ObjectMetadata; readonly spec: Gateway };
    readonly virtualService: { readonly metadata: ObjectMetadata; readonly spec: VirtualService };
}

function portOf({ gateway, port }: TcpRouteData): NamedPort | undefined {
    const found = gateway.ports[port];
    return found && STREAM_PROTOCOLS.includes(found.protocol) ? { name: port, number: found.number, protocol: found.protocol } : undefined;
}

/** What is wrong with the destination goes to `faults`. */
export function buildTcpRoute(component: string, args: TcpRouteData, faults: Fault[] = []): TcpRouteManifests {
    const { gateway } = args;
    const name = args.metadata?.name ?? component;
    const namespace = args.namespace ?? gateway.namespace;
    const { labels, annotations } = args.metadata ?? {};
    const port = portOf(args) ?? { name: args.port, number: 0, protocol: "TCP" };
    const metadata = (home: string): ObjectMetadata => ({
        name,
        namespace: home,
        labels: labelsWith(labels, recommendedLabels("tcp-route", name)),
        ...(annotations ? { annotations } : {}),
    });
    const passthrough = port.protocol === "TLS";
    const hosts = inLowerCase(args.sniHosts ?? ["*"]);
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

function outlineFaults(component: string, args: TcpRouteData): Fault[] {
    const { metadata, namespace, sniHosts } = args;
    return [
        ...nameFaults(metadata?.name === undefined ? "name" : "metadata.name", metadata?.name ?? component),
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
const STAND_IN: AnyRef = {
    version: 1,
    kind: "ingress",
    name: UNKNOWN,
    namespace: UNKNOWN,
    labels: {},
    ports: { tcp: { number: 1, protocol: "TCP" } },
};

/** What is made, as far as it is known. The protocol decides on what stands in both objects. */
export function outlineTcpRoute(component: string, args: TcpRouteData): object {
    const isKnown = typeof args.gateway === "object";
    const { gateway, virtualService } = buildTcpRoute(component, isKnown ? args : { ...args, gateway: STAND_IN });
    if (isKnown && !opensOf(args)("gateway.ports")) return { gateway, virtualService };
    return {
        gateway: { ...gateway, spec: { selector: isKnown ? gateway.spec.selector : UNKNOWN, servers: UNKNOWN } },
        virtualService: {
            ...virtualService,
            spec: { hosts: virtualService.spec.hosts, gateways: virtualService.spec.gateways, tls: UNKNOWN, tcp: UNKNOWN },
        },
    };
}

export function tcpRouteFaults(owner: Owner, component: string, args: TcpRouteData): Fault[] {
    const outline = outlineFaults(component, args);
    const known = outline.length === 0 && typeof args.gateway === "object";
    const ports = known ? portFaults(args) : [];
    const sound = known && ports.length === 0;
    const destinations: Fault[] = [];
    const { gateway, virtualService } = buildTcpRoute(
        sound ? component : UNKNOWN,
        sound ? args : { gateway: STAND_IN, port: "tcp", destination: args.destination },
        destinations,
    );
    const object = (kind: string, one: object): KubeObject => ({ apiVersion: "networking.istio.io/v1", kind, ...one }) as KubeObject;
    const argumentOf = fieldMap([
        ["spec.hosts", "sniHosts"],
        ["spec.servers[0].hosts", "sniHosts"],
        ["spec.tcp[0].route[0].destination", "destination"],
        ["spec.tls[0].route[0].destination", "destination"],
    ]);
    const made = objectFaults([
        { object: object("Gateway", gateway), argumentOf },
        { object: object("VirtualService", virtualService), argumentOf },
    ]);
    const faults = [...outline, ...ports, ...destinations, ...made];
    const port = sound ? portOf(args) : undefined;
    if (faults.length > 0 || !port) return faults;
    const names = (args.sniHosts ?? []).map((host, index) => hostClaim(args.gateway, port, host, `sniHosts[${index}]`));
    const path = namePath(args.metadata);
    return [
        ...takeClaims(owner, args.sniHosts ? names : [portClaim(args.gateway, port, "port")]),
        ...takeNames(owner, [
            { kind: "VirtualService", ...virtualService.metadata, path },
            { kind: "Gateway", ...gateway.metadata, path },
        ]),
    ];
}
