/** What is wrong with the arguments of a VirtualHost, and what only one component of a program can have. */
import { accessFaults, accessNames, issuerSettings, isWildcard } from "../access";
import { fault, mentionsUnknown, nameFaults, namePath, UNKNOWN, type Fault, type Judged, type Taken } from "../arguments";
import { parseDuration } from "../../istio";
import { certificateNames, tlsFaults } from "../certificate";
import { edgeFaults, redirectMapName, withSoundEdge } from "../edge";
import { errorPageFaults, withSoundErrorPages } from "../error-pages";
import { hostClaim, hostsFaults, portsText, refFaults, sharedGatewayFor, tlsHosts, type AnyRef, type NamedPort } from "../gateway";
import { grpcFaults } from "../grpc";
import { healthCheckFaults, withSoundHealthCheck } from "../health-check";
import { hostLimitFaults, withSoundHostLimits } from "../host-limits";
import { HTTP_PROTOCOLS } from "../ports";
import { limitFaults, withSoundLimits } from "../rate-limit";
import { shapeFaults } from "../schema";
import { asksOfBackends, backendNames, backendPath, backendSettings, placesOf } from "./backends";
import {
    accessOrder,
    byServerName,
    planVirtualHost,
    portOf,
    redirectMapsOf,
    tlsUse,
    type VirtualHostData,
    type VirtualHostPlan,
} from "./plan";
import { VIRTUAL_HOST } from "./schema";

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

/** Challenges are let through before anybody has said who he is. */
function challengeFaults({ tls, access }: VirtualHostData): Fault[] {
    const { acmeChallenge, http } = tls ?? {};
    if (acmeChallenge === undefined || acmeChallenge === false) return [];
    const at = "tls.acmeChallenge";
    if (http === "serve" || http === "off")
        return [fault("GH0210", at, `with tls.http ${JSON.stringify(http)} nothing is led on to HTTPS.`, "Leave it out.")];
    if (acmeChallenge !== true || access === undefined) return [];
    return [
        fault(
            "GH0213",
            at,
            "the routes would answer challenges on a port where nobody is asked for what access wants.",
            "Give the destination that answers them in the place of true.",
        ),
    ];
}

/** RFC 6265 §4.1.1: a token. */
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const COOKIE_PATH = /^\/[\x21-\x3a\x3c-\x7e]*$/;

function cookieFaults({ stickyCookie }: VirtualHostData): Fault[] {
    if (typeof stickyCookie !== "object") return [];
    const { name, ttl, path } = stickyCookie;
    const wrong = (field: string, value: unknown, good: (text: string) => boolean, wanted: string): Fault[] =>
        value === undefined || mentionsUnknown(value) || (typeof value === "string" && good(value))
            ? []
            : [fault("GH0210", `stickyCookie.${field}`, `${JSON.stringify(value)} is ${wanted}.`)];
    return [
        ...wrong("name", name, (text) => COOKIE_NAME.test(text), "no name of a cookie"),
        ...wrong("path", path, (text) => COOKIE_PATH.test(text), "no path, as / is"),
        ...wrong("ttl", ttl, (text) => (parseDuration(text) ?? -1) >= 0, "no duration, as 1h is"),
    ];
}

/** The gateway's own rule for a host is the only one that it reads: subsets that another one defines would be gone. */
function subsetFaults(args: VirtualHostData): Fault[] {
    if (!asksOfBackends(args)) return [];
    const what = args.healthCheck === undefined ? "stickyCookie" : "healthCheck";
    return placesOf(args).flatMap(({ destination, ...place }): Fault[] => {
        const found = destination as { readonly subset?: unknown; readonly service?: { readonly subset?: unknown } } | null;
        if ((found?.subset ?? found?.service?.subset) === undefined) return [];
        return [
            fault(
                "GH0210",
                `${backendPath(place)}.subset`,
                `with ${what} the gateway has a DestinationRule of its own for this host, and would no longer see the one that defines the subset.`,
                `Leave ${what} out, and say the same in the DestinationRule that defines the subset.`,
            ),
        ];
    });
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
        ...challengeFaults(args),
        ...cookieFaults(args),
        ...subsetFaults(args),
        ...healthCheckFaults("healthCheck", args.healthCheck, dataPlane),
        ...errorPageFaults("errorPages", args.errorPages, dataPlane),
        ...hostLimitFaults("limits", args.limits, routeNames(args), dataPlane),
        ...edgeFaults(args, { dataPlane, isGateway: false, hosts: hosts ?? [], tls: plan && tlsUse(plan) }),
        ...limitFaults(args, dataPlane, false),
        ...passing,
        ...secrets,
    ];
    return plan && ports.length === 0
        ? { faults, plan: { ...plan, args: withSoundSettings(plan.args, faults) }, sound: true }
        : { faults, plan: standInPlan(args), sound: false };
}

/** What annotations are made of, without what is wrong of it. */
function withSoundSettings(args: VirtualHostPlan["args"], faults: readonly Fault[]): VirtualHostPlan["args"] {
    const own = withSoundErrorPages(withSoundHealthCheck(args, faults), faults);
    return withSoundLimits(withSoundEdge(withSoundHostLimits(own, faults), faults), faults);
}

/** Also of arguments whose shape is wrong, of which others say so. */
function routeNames({ http, grpc }: VirtualHostData): unknown[] {
    return [http, grpc]
        .flatMap((routes: unknown) => (Array.isArray(routes) ? routes : []))
        .map((route: { name?: unknown } | null) => route?.name);
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
        settings: [...issuerSettings(plan.args.access, gateway, "access.jwt"), ...backendSettings(plan)],
        names: [
            ...(plan.args.access ? accessNames(accessOrder(plan), gateway.namespace, path) : []),
            { kind: "VirtualService", namespace, name, path },
            ...backendNames(plan, path),
            ...redirectMapsOf(plan).map((table) => ({
                kind: "ConfigMap",
                namespace: gateway.namespace,
                name: redirectMapName(name, table),
                path,
            })),
            ...(plan.ownGateway ? [{ kind: "Gateway", namespace: gateway.namespace, name, path }] : []),
            ...(tls ? certificateNames(tls, gateway.namespace, name, path) : []),
        ],
    };
}
