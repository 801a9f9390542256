/**
 * `GatewayRef`: all that a route needs to know of a gateway, as plain data. A platform stack exports it, another stack
 * reads it back typed, and it is checked again at run time, because what is deployed may be older than what compiled.
 */
import type * as pulumi from "@pulumi/pulumi";
import { childPath } from "../../istio";
import { fault, isLater, LABEL_VALUE, mentionsUnknown, type Fault } from "../arguments";
import type { AnyPorts, Protocol } from "../ports";

export type GatewayKind = "ingress" | "egress";

/** Hosts that a gateway serves over TLS with a certificate of its own, for VirtualHosts that bring none. */
export interface SharedHosts {
    /** Of the Istio Gateway that has the server: `namespace/name`. */
    readonly gateway: string;
    /** `[namespace/]dnsName`, as an Istio Gateway server has them. */
    readonly hosts: readonly string[];
}

export interface GatewayRef<out M = AnyPorts, out K extends GatewayKind = "ingress"> {
    /** Of this shape. */
    readonly version: 1;
    readonly kind: K;
    readonly name: string;
    readonly namespace: string;
    /** On the gateway's pods: what an Istio Gateway selects. */
    readonly labels: Readonly<Record<string, string>>;
    /** The declared ports by name. */
    readonly ports: M;
    /** Default: none. */
    readonly shared?: readonly SharedHosts[];
    /** Default: `gatehouse`. */
    readonly dataPlane?: "gatehouse" | "istio";
    /** Of an egress gateway that is a forward proxy. */
    readonly forwardProxy?: ForwardProxyRef;
}

/** Where an egress gateway takes requests for any host that is led through it. */
export interface ForwardProxyRef {
    /** Of the Istio Gateway that has the server: `namespace/name`. */
    readonly gateway: string;
    /** Of the gateway's Service. */
    readonly port: number;
}

/** A gateway component, its ref, or an Output of its ref, which another stack exported. */
export type GatewayArg<M, K extends GatewayKind> =
    | { readonly ref: pulumi.Output<GatewayRef<M, K>> }
    | pulumi.Output<GatewayRef<M, K>>
    | GatewayRef<M, K>;
export type IngressArg<M> = GatewayArg<M, "ingress">;
export type EgressArg<M> = GatewayArg<M, "egress">;

/** A ref whose ports are known by name only at run time. */
export type AnyRef = GatewayRef<AnyPorts, GatewayKind>;

/** A gateway argument as data, with an Output only where the value itself is one. */
export function refWire(gateway: unknown): pulumi.Input<AnyRef> {
    if (typeof gateway !== "object" || gateway === null || isLater(gateway)) return gateway as pulumi.Input<AnyRef>;
    return ("ref" in gateway ? gateway.ref : gateway) as pulumi.Input<AnyRef>;
}

function isRef(value: unknown): value is AnyRef {
    const ref = value as Partial<AnyRef> | undefined;
    return (
        typeof ref === "object" &&
        ref !== null &&
        ref.version === 1 &&
        typeof ref.name === "string" &&
        typeof ref.namespace === "string" &&
        typeof ref.labels === "object" &&
        typeof ref.ports === "object"
    );
}

/** What is wrong with a ref that should be one of `kind`; nothing while it is unknown. */
export function refFaults(path: string, ref: unknown, kind: GatewayKind): Fault[] {
    if (ref === undefined || ref === null) return [fault("GH0205", path, `there is no gateway; wanted an ${kind} gateway or its ref.`)];
    if (typeof ref === "string" && mentionsUnknown(ref)) return [];
    if (!isRef(ref)) {
        const version = (ref as { version?: unknown }).version;
        const what =
            version !== undefined && version !== 1
                ? `a ref of version ${JSON.stringify(version)}; this release reads version 1.`
                : "not a gateway.";
        return [
            fault(
                "GH0205",
                path,
                `this is ${what}`,
                `Give an ${kind === "ingress" ? "IngressGateway" : "EgressGateway"} or the ref that another stack exports.`,
            ),
        ];
    }
    const labels = Object.entries(ref.labels)
        .filter(
            ([, value]: readonly [string, unknown]) => !mentionsUnknown(value) && !(typeof value === "string" && LABEL_VALUE.test(value)),
        )
        .map(([key, value]) =>
            fault("GH0205", childPath(`${path}.labels`, key), `${JSON.stringify(value)} is on no pod: it is no label's value.`),
        );
    if (labels.length > 0 || ref.kind === kind) return labels;
    return [fault("GH0205", path, `${ref.namespace}/${ref.name} is an ${ref.kind} gateway; wanted an ${kind} gateway.`)];
}

/** `http 80 (HTTP), tcp-echo 31400 (TCP)`: a gateway's ports for a message. */
export function portsText(ref: AnyRef): string {
    const ports = Object.entries(ref.ports).sort(([, a], [, b]) => a.number - b.number);
    return ports.map(([name, { number, protocol }]) => `${name} ${number} (${protocol})`).join(", ") || "none";
}

/** A declared port with its name. */
export interface NamedPort {
    readonly name: string;
    readonly number: number;
    readonly protocol: Protocol;
}

/** The port of a ref that speaks one of `protocols`: the one called `preferred`, else the lowest. */
export function portSpeaking(ref: AnyRef, protocols: readonly Protocol[], preferred: string): NamedPort | undefined {
    const found = Object.entries(ref.ports)
        .filter(([, { protocol }]) => protocols.includes(protocol))
        .map(([name, { number, protocol }]): NamedPort => ({ name, number, protocol }))
        .sort((a, b) => a.number - b.number);
    return found.find(({ name }) => name === preferred) ?? found[0];
}

/** The names by which a gateway is known to VirtualServices and in messages. */
export function gatewayText(ref: AnyRef): string {
    return `${ref.namespace}/${ref.name}`;
}
