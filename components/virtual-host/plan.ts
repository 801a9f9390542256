/** What a VirtualHost decides before anything is made: its ports, whether it shares a server, and for what who may pass is. */
import { canBeServerNames, isWildcard, requestedHosts, streamTargets, type AccessOrder, type AccessScope } from "../access";
import { routingMetadata } from "../arguments";
import { redirectTables } from "../edge";
import type { TlsArgs, TlsData } from "../certificate";
import type { DestinationData, HTTPRouteData } from "../destination";
import { inLowerCase, portSpeaking, sharedGatewayFor, type AnyRef, type NamedPort } from "../gateway";
import type { GRPCRouteData } from "../grpc";
import { HTTP_PROTOCOLS, WEB_PROTOCOLS, type AnyPorts, type Protocol } from "../ports";
import type { KnownArgs } from "../schema";
import type { VirtualHostArgs, VirtualHostTlsArgs } from "./schema";

export type VirtualHostTlsData = KnownArgs<
    Omit<VirtualHostTlsArgs, keyof TlsArgs | "acmeChallenge">,
    TlsData & { readonly acmeChallenge?: boolean | DestinationData }
>;

/** `VirtualHostArgs` once every value is there. */
export type VirtualHostData = KnownArgs<
    VirtualHostArgs<AnyPorts>,
    {
        readonly gateway: AnyRef;
        readonly tls?: VirtualHostTlsData;
        readonly http?: readonly HTTPRouteData[];
        readonly grpc?: readonly GRPCRouteData[];
    }
>;

export interface VirtualHostPlan {
    readonly name: string;
    readonly args: VirtualHostData;
    /** Of the VirtualService. */
    readonly namespace: string;
    readonly httpsPort: NamedPort | undefined;
    readonly httpPort: NamedPort | undefined;
    readonly plainHttp: "redirect" | "serve" | "off";
    /** Beside `httpPort`, of which `plainHttp` is said. */
    readonly plainPorts: readonly NamedPort[];
    /** Istio Gateways of the platform that serve the hosts with its own certificate; empty where this host has its own. */
    readonly shared: readonly string[];
    /** Whether there is anything that no shared server serves. */
    readonly ownGateway: boolean;
}

export function portOf(ref: AnyRef, name: string | undefined, protocols: readonly Protocol[], preferred: string): NamedPort | undefined {
    if (name === undefined) return portSpeaking(ref, protocols, preferred);
    const port = ref.ports[name];
    return port && protocols.includes(port.protocol) ? { name, number: port.number, protocol: port.protocol } : undefined;
}

export function planVirtualHost(component: string, given: VirtualHostData): VirtualHostPlan {
    const args = { ...given, hosts: inLowerCase(given.hosts) };
    const { gateway } = args;
    const namespace = args.namespace ?? gateway.namespace;
    const httpPort = httpPortOf(args);
    const shared = args.tls ? [] : args.hosts.map((host) => sharedGatewayFor(gateway, host, namespace));
    const covered = shared.filter((one): one is string => one !== undefined);
    const whole = covered.length === args.hosts.length ? [...new Set(covered)].sort() : [];
    const plainPorts = plainPortsOf(args);
    return {
        name: args.metadata?.name ?? component,
        args,
        namespace,
        httpPort,
        httpsPort: portOf(gateway, args.httpsPort, ["HTTPS"], "https"),
        plainHttp: args.tls ? (args.tls.http ?? (httpPort ? "redirect" : "off")) : "serve",
        plainPorts,
        shared: whole,
        ownGateway: whole.length === 0 || plainPorts.length > 0,
    };
}

/** No client of gRPC follows a redirect; and who names ports of gRPC among `plainPorts` has named those that are meant. */
function httpPortOf({ gateway, tls, httpPort, plainPorts = [] }: VirtualHostData): NamedPort | undefined {
    if (httpPort !== undefined) return portOf(gateway, httpPort, HTTP_PROTOCOLS, "http");
    const others = Object.entries(gateway.ports).filter(([name]) => !plainPorts.includes(name));
    const protocols = tls || plainPorts.length > 0 ? WEB_PROTOCOLS : HTTP_PROTOCOLS;
    return portSpeaking({ ...gateway, ports: Object.fromEntries(others) }, protocols, "http");
}

function plainPortsOf({ gateway, plainPorts = [] }: VirtualHostData): NamedPort[] {
    return plainPorts.flatMap((name) => portOf(gateway, name, HTTP_PROTOCOLS, name) ?? []);
}

/** Where people find the host: HTTPS if it is served, with the port where a browser would not know it. */
export function urlsOf(plan: VirtualHostPlan): string[] {
    const secure = plan.args.tls !== undefined || plan.shared.length > 0;
    const port = secure ? plan.httpsPort : (plan.httpPort ?? plan.plainPorts[0]);
    const suffix = port === undefined || port.number === (secure ? 443 : 80) ? "" : `:${port.number}`;
    return plan.args.hosts.map((host) => `${secure ? "https" : "http"}://${host}${suffix}/`);
}

/** Tables of redirects in bulk, each for a ConfigMap of its own; for Istio's proxy there are none. */
export function redirectMapsOf({ args }: VirtualHostPlan): string[] {
    return args.gateway.dataPlane === "istio" ? [] : redirectTables(args.redirects);
}

/** Whether the routes are served over TLS alone, in the clear too, or in the clear alone. Of a shared server nobody knows here. */
export function tlsUse({ args: { tls }, plainHttp, plainPorts, shared }: VirtualHostPlan): "only" | "beside" | "none" {
    if (tls === undefined && shared.length === 0) return "none";
    return tls !== undefined && plainHttp !== "serve" && plainPorts.length === 0 ? "only" : "beside";
}

/** Whether the hosts have a server to themselves, which clients name in SNI and which alone leads to their routes. */
export const byServerName = ({ args: { hosts, tls }, plainHttp, plainPorts }: VirtualHostPlan): boolean =>
    tls !== undefined && plainHttp !== "serve" && plainPorts.length === 0 && canBeServerNames(hosts);

/**
 * What who may pass is for. Said by the ports it is not for, so that it counts wherever else the gateway comes to listen. Plain
 * HTTP that is led on to HTTPS is not among it: nobody is to give a password or a token there.
 */
export function scopeOf(plan: VirtualHostPlan): AccessScope {
    const { args, httpPort, plainHttp } = plan;
    const declared = args.gateway.ports[httpPort?.name ?? ""];
    const redirected = args.tls && plainHttp === "redirect" && declared ? [declared.targetPort ?? declared.number] : [];
    const notPorts = [...redirected, ...streamTargets(args.gateway)];
    // Rules compare hosts with the ports behind them, and a pattern has one open end: `*.example.com:8443` cannot be said.
    return args.hosts.some(isWildcard) ? { serverNames: args.hosts, notPorts } : { hosts: requestedHosts(args.hosts), notPorts };
}

export function accessOrder(plan: VirtualHostPlan): AccessOrder {
    const { name, args } = plan;
    const { gateway, access = {} } = args;
    return {
        access,
        place: {
            name,
            metadata: (own) => routingMetadata("virtual-host", name, gateway.namespace, args.metadata, own),
            selector: gateway.labels,
            whole: false,
            scope: scopeOf(plan),
        },
    };
}
