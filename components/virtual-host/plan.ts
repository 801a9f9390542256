/** What a VirtualHost decides before anything is made: its ports, whether it shares a server, and what is wrong with its arguments. */
import {
    accessFaults,
    accessNames,
    issuerSettings,
    isWildcard,
    canBeServerNames,
    requestedHosts,
    streamTargets,
    type AccessOrder,
    type AccessScope,
} from "../access";
import { fault, nameFaults, namePath, routingMetadata, UNKNOWN, type Fault, type Judged, type Taken } from "../arguments";
import { certificateNames, tlsFaults, type TlsArgs, type TlsData } from "../certificate";
import type { HTTPRouteData } from "../destination";
import {
    hostClaim,
    hostsFaults,
    inLowerCase,
    portSpeaking,
    portsText,
    refFaults,
    sharedGatewayFor,
    tlsHosts,
    type AnyRef,
    type NamedPort,
} from "../gateway";
import { grpcFaults, type GRPCRouteData } from "../grpc";
import { HTTP_PROTOCOLS, WEB_PROTOCOLS, type AnyPorts, type Protocol } from "../ports";
import { shapeFaults, type KnownArgs } from "../schema";
import { VIRTUAL_HOST, type VirtualHostArgs, type VirtualHostTlsArgs } from "./schema";

export type VirtualHostTlsData = KnownArgs<Omit<VirtualHostTlsArgs, keyof TlsArgs>, TlsData>;

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

function portOf(ref: AnyRef, name: string | undefined, protocols: readonly Protocol[], preferred: string): NamedPort | undefined {
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

/** Whether the hosts have a server to themselves, which clients name in SNI and which alone leads to their routes. */
const byServerName = ({ args: { hosts, tls }, plainHttp, plainPorts }: VirtualHostPlan): boolean =>
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

function scopeFaults(plan: VirtualHostPlan): Fault[] {
    const { args, plainHttp } = plan;
    if (args.access === undefined || !args.hosts.some(isWildcard) || byServerName(plan)) return [];
    const at = args.hosts.findIndex(isWildcard);
    if (args.hosts[at] === "*")
        return [
            fault(
                "GH0213",
                "access",
                `hosts[${at}] is *: who may pass to it would be said for every host of the gateway.`,
                "Give access to the gateway, or name the hosts.",
            ),
        ];
    return [
        fault(
            "GH0213",
            "access",
            `hosts[${at}] is ${args.hosts[at] ?? ""}: rules compare hosts with their ports, and a name below it with a port behind it would pass by.`,
            args.tls && plan.plainPorts.length > 0
                ? "Leave plainPorts out, on which clients name no host in SNI, or name the hosts."
                : args.tls && plainHttp === "serve"
                  ? 'Give tls.http "redirect" or "off", or name the hosts.'
                  : args.tls
                    ? "Name the hosts, or make a VirtualHost of the addresses."
                    : "Give tls, so that clients name the host in SNI, or name the hosts, or give access to the gateway.",
        ),
    ];
}

function outlineFaults(component: string, args: VirtualHostData): Fault[] {
    const { metadata, namespace, http = [], grpc = [] } = args;
    const routes =
        http.length > 0 || grpc.length > 0
            ? []
            : [fault("GH0210", "http", "there is no route.", "Give at least one, here or in grpc: { route: [{ destination }] }.")];
    return [
        ...nameFaults(namePath(metadata), metadata?.name ?? component),
        ...(namespace === undefined ? [] : nameFaults("namespace", namespace)),
        ...refFaults("gateway", args.gateway, "ingress"),
        ...hostsFaults("hosts", args.hosts),
        ...routes,
    ];
}

/** A port is named once, and speaks HTTP in the clear. */
function plainPortFaults({ args, httpPort, plainHttp }: VirtualHostPlan, has: string): Fault[] {
    const { gateway, plainPorts = [] } = args;
    return plainPorts.flatMap((name, index): Fault[] => {
        const at = `plainPorts[${index}]`;
        if (!portOf(gateway, name, HTTP_PROTOCOLS, name))
            return [
                fault(
                    "GH0203",
                    at,
                    `the gateway has no port ${JSON.stringify(name)} that speaks HTTP, HTTP/2, gRPC or gRPC-Web in the clear; ${has}`,
                ),
            ];
        const first = plainPorts.indexOf(name);
        if (first !== index) return [fault("GH0210", at, `${name} stands in plainPorts[${first}] already.`)];
        if (name !== httpPort?.name || plainHttp === "off") return [];
        return [
            fault(
                "GH0210",
                at,
                `${name} is the port for plain HTTP already${plainHttp === "redirect" ? ", which leads to HTTPS" : ""}.`,
                plainHttp === "redirect" ? 'Give tls.http "serve", or leave it out.' : "Leave it out.",
            ),
        ];
    });
}

function portFaults(plan: VirtualHostPlan): Fault[] {
    const {
        args: { gateway, httpPort, httpsPort },
    } = plan;
    const has = `${gateway.namespace}/${gateway.name} has ${portsText(gateway)}.`;
    const named = [
        ...(httpPort !== undefined && !plan.httpPort
            ? [fault("GH0203", "httpPort", `the gateway has no port ${JSON.stringify(httpPort)} that speaks HTTP; ${has}`)]
            : []),
        ...(httpsPort !== undefined && !plan.httpsPort
            ? [fault("GH0203", "httpsPort", `the gateway has no port ${JSON.stringify(httpsPort)} that speaks HTTPS; ${has}`)]
            : []),
    ];
    if (named.length > 0) return named;
    return [...serverFaults(plan, has), ...plainPortFaults(plan, has)];
}

function serverFaults({ args: { gateway, tls, hosts }, namespace, shared, ...plan }: VirtualHostPlan, has: string): Fault[] {
    if (tls) {
        const secure = plan.httpsPort ? [] : [fault("GH0203", "tls", `the gateway has no port that speaks HTTPS; ${has}`)];
        const open =
            (tls.http === "redirect" || tls.http === "serve") && !plan.httpPort
                ? [fault("GH0203", "tls.http", `the gateway has no port that speaks HTTP; ${has}`)]
                : [];
        return [...secure, ...open];
    }
    const partly = shared.length === 0 ? hosts.filter((host) => sharedGatewayFor(gateway, host, namespace) !== undefined) : [];
    if (partly.length > 0)
        return [
            fault(
                "GH0207",
                "hosts",
                `the gateway's own certificate covers ${partly.join(", ")} but not every host.`,
                "Give tls, or make two VirtualHosts of it.",
            ),
        ];
    return shared.length > 0 || plan.httpPort || plan.plainPorts.length > 0
        ? []
        : [fault("GH0203", "gateway", `the gateway has no port that speaks HTTP, and there is no tls; ${has}`)];
}

/** Held in place of a gateway that is not known, or has been found fault with, so that the rest can be looked at. */
const STAND_IN: AnyRef = {
    version: 1,
    kind: "ingress",
    name: UNKNOWN,
    namespace: UNKNOWN,
    labels: {},
    shared: [],
    ports: { http: { number: 80, protocol: "HTTP" }, https: { number: 443, protocol: "HTTPS" } },
};

/** What the objects would be made of if the arguments that have been found fault with were in order. */
function standInPlan({ tls, http, grpc, access }: VirtualHostData): VirtualHostPlan {
    return planVirtualHost(UNKNOWN, {
        gateway: STAND_IN,
        hosts: [UNKNOWN],
        ...(tls ? { tls } : {}),
        ...(access ? { access } : {}),
        ...(http ? { http } : {}),
        ...(grpc ? { grpc } : {}),
    });
}

/** `secrets` is what is wrong with PEMs and users, which are not among `args`. */
export function judgeVirtualHost(component: string, args: VirtualHostData, secrets: readonly Fault[] = []): Judged<VirtualHostPlan> {
    const outline = outlineFaults(component, args);
    // Nothing can be said about ports and hosts of a gateway that is not there yet.
    const plan = outline.length === 0 && typeof args.gateway === "object" ? planVirtualHost(component, args) : undefined;
    const ports = plan ? portFaults(plan) : [];
    const { tls, hosts, access, http = [], grpc = [] } = args;
    const settings = tls ? tlsFaults("tls", tls, hosts) : [];
    const dataPlane = typeof args.gateway === "object" ? (args.gateway?.dataPlane ?? "gatehouse") : "gatehouse";
    const passing = [...accessFaults(access, { path: "access", whole: false, dataPlane }), ...(plan ? scopeFaults(plan) : [])];
    const faults = [
        ...outline,
        ...ports,
        ...shapeFaults(args, VIRTUAL_HOST),
        ...grpcFaults(grpc, http),
        ...settings,
        ...passing,
        ...secrets,
    ];
    return plan && ports.length === 0 ? { faults, plan, sound: true } : { faults, plan: standInPlan(args), sound: false };
}

export function takenByVirtualHost(plan: VirtualHostPlan): Taken {
    const {
        args: { gateway, hosts, tls, metadata },
        namespace,
        name,
        shared,
        plainHttp,
    } = plan;
    const ports = [
        tls || shared.length > 0 ? plan.httpsPort : undefined,
        shared.length === 0 && plainHttp !== "off" ? plan.httpPort : undefined,
    ];
    const [secure] = ports;
    const own = hosts.flatMap((host, index) => plan.plainPorts.map((port) => hostClaim(gateway, port, host, `hosts[${index}]`)));
    const asked = (host: string, port: NamedPort): string[] => (shared.length === 0 && port === secure ? tlsHosts([host]) : [host]);
    const taken = hosts.flatMap((host, index) =>
        ports.flatMap((port) => (port ? asked(host, port).map((one) => hostClaim(gateway, port, one, `hosts[${index}]`)) : [])),
    );
    const path = namePath(metadata);
    return {
        // A host served by a shared server is the platform's there, and this component's as a route.
        claims: [...(shared.length > 0 ? taken.map((claim) => ({ ...claim, key: `route ${claim.key}` })) : taken), ...own],
        settings: issuerSettings(plan.args.access, gateway, "access.jwt"),
        names: [
            ...(plan.args.access ? accessNames(accessOrder(plan), gateway.namespace, path) : []),
            { kind: "VirtualService", namespace, name, path },
            ...(plan.ownGateway ? [{ kind: "Gateway", namespace: gateway.namespace, name, path }] : []),
            ...(tls ? certificateNames(tls, gateway.namespace, name, path) : []),
        ],
    };
}
