/**
 * What a VirtualHost makes, as plain data: its Istio Gateway, unless it shares one, and its VirtualService. The outlines are
 * what is made as far as it is known while some arguments are not: UNKNOWN stands wherever a value that is not known decides
 * on what there is.
 */
import { REDIRECTS_LABEL } from "../../istio/semantics";
import type { Gateway, HTTPRoute, Server, VirtualService } from "../../istio";
import { accessCandidates, type AccessOrder } from "../access";
import {
    istioCandidate,
    labelsWith,
    mentionsUnknown,
    opensOf,
    routingMetadata,
    standIn,
    UNKNOWN,
    type Candidate,
    type Fault,
    type Made,
    type ObjectMetadata,
} from "../arguments";
import { serverTls, type Credential, type TlsData } from "../certificate";
import { pathPrefixPlaces, resolveRoute } from "../destination";
import { edgeAnnotations, edgeArgsOf, maintenanceRules, redirectMapName, redirectRoutes, withSecurityHeaders } from "../edge";
import { errorPageAnnotations } from "../error-pages";
import { tlsHosts, type AnyRef, type NamedPort } from "../gateway";
import { hostLimitAnnotations } from "../host-limits";
import { matchesOf, resolveGrpcRoute } from "../grpc";
import { limitAnnotations } from "../rate-limit";
import { redirectRules, redirectsByRule } from "./acme";
import { backendCandidates, backendsOf, buildBackendRule, type HostBackend } from "./backends";
import {
    accessOrder,
    planVirtualHost,
    redirectMapsOf,
    tlsUse,
    type VirtualHostData,
    type VirtualHostPlan,
    type VirtualHostTlsData,
} from "./plan";

export function metadataOf({ name, args }: VirtualHostPlan, namespace: string): ObjectMetadata {
    return routingMetadata("virtual-host", name, namespace, args.metadata);
}

/** The host's own Istio Gateway, beside the gateway's pods; `credential` says where its certificate is. */
export function buildGateway(plan: VirtualHostPlan, credential: Credential): Made<Gateway> {
    const {
        args: { gateway, hosts, tls },
        httpsPort,
        httpPort,
        plainHttp,
        plainPorts,
        shared,
    } = plan;
    const secure: Server[] =
        tls && httpsPort
            ? [
                  {
                      port: { number: httpsPort.number, protocol: httpsPort.protocol, name: httpsPort.name },
                      hosts: tlsHosts(hosts),
                      tls: serverTls(withoutHttp(tls), credential),
                  },
              ]
            : [];
    const inClear = (port: NamedPort): Server => ({ port: { number: port.number, protocol: port.protocol, name: port.name }, hosts });
    const plain: Server[] =
        httpPort && plainHttp !== "off" && shared.length === 0
            ? [
                  {
                      ...inClear(httpPort),
                      ...(plainHttp === "redirect" && !redirectsByRule(plan) ? { tls: { httpsRedirect: true } } : {}),
                  },
              ]
            : [];
    return {
        metadata: metadataOf(plan, gateway.namespace),
        spec: { selector: gateway.labels, servers: [...secure, ...plain, ...plainPorts.map(inClear)] },
    };
}

function withoutHttp({ http: _http, acmeChallenge: _acmeChallenge, ...tls }: VirtualHostTlsData): TlsData {
    return tls;
}

/** The routes; what is wrong with their destinations goes to `faults`. */
export function buildVirtualService(plan: VirtualHostPlan, faults: Fault[] = []): Made<VirtualService> {
    const { args, namespace, name, shared, ownGateway } = plan;
    const { http = [], grpc = [] } = args;
    const { annotations, ...metadata } = metadataOf(plan, namespace);
    const byIstio = args.gateway.dataPlane === "istio";
    const edge = edgeArgsOf(args);
    const marks = labelsWith(annotations, {
        ...errorPageAnnotations(args.errorPages),
        ...hostLimitAnnotations(args.limits),
        ...(byIstio ? {} : edgeAnnotations(edge, name)),
        ...limitAnnotations(args),
    });
    const routes = [
        ...rulesBefore(plan, faults),
        ...grpc.map((route, index) => resolveGrpcRoute(route, namespace, `grpc[${index}]`, faults)),
        ...http.map((route, index) => resolveRoute(route, namespace, `http[${index}]`, faults)),
    ];
    return {
        metadata: { ...metadata, ...(Object.keys(marks).length > 0 ? { annotations: marks } : {}) },
        spec: {
            hosts: args.hosts,
            gateways: [...shared, ...(ownGateway ? [`${args.gateway.namespace}/${name}`] : [])],
            http: byIstio ? withSecurityHeaders(routes, edge, tlsUse(plan) === "only") : routes,
        },
    };
}

/** Rules that stand before those of the arguments. */
function rulesBefore(plan: VirtualHostPlan, faults?: Fault[]): HTTPRoute[] {
    return [...maintenanceBefore(plan), ...redirectRules(plan, faults), ...redirectsBefore(plan)];
}

/** For Istio's proxy; ours reads it of an annotation. */
function maintenanceBefore({ args }: VirtualHostPlan): HTTPRoute[] {
    return args.gateway.dataPlane === "istio" ? maintenanceRules(args) : [];
}

function redirectsBefore({ args }: VirtualHostPlan): HTTPRoute[] {
    return args.gateway.dataPlane === "istio" ? redirectRoutes(args.redirects) : [];
}

/** A ConfigMap of redirects in bulk. */
export function buildRedirectMap(plan: VirtualHostPlan, table: string): { metadata: ObjectMetadata; data: Record<string, string> } {
    const { labels, ...metadata } = metadataOf(plan, plan.args.gateway.namespace);
    return {
        metadata: { ...metadata, name: redirectMapName(plan.name, table), labels: { ...labels, [REDIRECTS_LABEL]: "true" } },
        data: { "redirects.tsv": table },
    };
}

export function outlineRedirectMap(component: string, known: VirtualHostData, table: string): object {
    return buildRedirectMap(outlined(component, known).plan, table);
}

/** The tables, where it is known what serves them. */
export function redirectMapsOutlined(component: string, known: VirtualHostData): string[] {
    return redirectMapsOf(outlined(component, known).plan);
}

/** Which argument a rule of the VirtualService comes from: those of gRPC stand before those of HTTP, and `others` stand before both. */
function ruleArguments({ grpc = [], http = [] }: VirtualHostData, others: readonly string[]): (readonly [from: string, to: string])[] {
    const before = others.length;
    return [
        ...others.map((argument, index) => [`spec.http[${index}]`, argument] as const),
        ...grpc.flatMap((_, index) => {
            const rule = `spec.http[${before + index}]`;
            // A path is made of two arguments.
            const matches = matchesOf(grpc[index]!);
            const uris = Array.from(
                { length: matches.length },
                (_none, at) => [`${rule}.match[${at}].uri`, `grpc[${index}].match[${at}]`] as const,
            );
            return [...uris, [rule, `grpc[${index}]`] as const];
        }),
        ...http.flatMap((route, index) => {
            const rule = `spec.http[${before + grpc.length + index}]`;
            return [...pathPrefixPlaces(route, rule, `http[${index}]`), [rule, `http[${index}]`] as const];
        }),
        ["spec.http", "http"],
    ];
}

export function virtualHostCandidates(plan: VirtualHostPlan, faults: Fault[]): Candidate[] {
    const serving = istioCandidate("Gateway", buildGateway(plan, { credentialName: UNKNOWN }), [
        ["spec.servers[0].tls", "tls"],
        ["spec.servers[0].hosts", "hosts"],
    ]);
    const routing = istioCandidate("VirtualService", buildVirtualService(plan, faults), [
        ...ruleArguments(plan.args, [
            ...maintenanceBefore(plan).map(() => "maintenance"),
            ...redirectRules(plan).map(() => "tls.acmeChallenge"),
            ...redirectsBefore(plan).map((_rule, index) =>
                Array.isArray(plan.args.redirects) ? `redirects[${index}]` : `redirects.list[${index}]`,
            ),
        ]),
        ["spec.hosts", "hosts"],
    ]);
    const { http = [], grpc = [] } = plan.args;
    return [
        ...(plan.ownGateway ? [serving] : []),
        ...(http.length + grpc.length > 0 ? [routing] : []),
        ...backendCandidates(plan),
        ...accessCandidates(plan.args.access, "access"),
    ];
}

const HIDDEN: AnyRef = { version: 1, kind: "ingress", name: UNKNOWN, namespace: UNKNOWN, labels: {}, ports: {}, shared: [] };

interface Outlined {
    readonly plan: VirtualHostPlan;
    readonly opens: ReturnType<typeof opensOf>;
}

/** The plan is right in everything but what hangs on an argument that is open. */
function outlined(component: string, known: VirtualHostData): Outlined {
    const gateway = typeof known.gateway === "object" ? known.gateway : HIDDEN;
    return { plan: planVirtualHost(component, { ...known, gateway }), opens: opensOf(known) };
}

/** Of what stands beside the gateway's pods. */
export function outlineMetadata(component: string, known: VirtualHostData): ObjectMetadata {
    const { plan } = outlined(component, known);
    return metadataOf(plan, plan.args.gateway.namespace);
}

export function outlineGateway(component: string, known: VirtualHostData, credential: Credential): object {
    const { plan, opens } = outlined(component, known);
    const { metadata, spec } = buildGateway(plan, credential);
    const hidden = typeof known.gateway !== "object";
    // A server that others share may take its place, but for the ports that it is not on.
    const shares = !known.tls && plan.plainPorts.length > 0 && opens("gateway.shared", "gateway.namespace", "namespace", "hosts");
    const decided = !hidden && !shares && !opens("gateway.ports", "httpPort", "httpsPort", "tls.http", ...(known.tls ? ["hosts"] : []));
    return { metadata, spec: { selector: hidden ? UNKNOWN : spec.selector, servers: decided ? spec.servers : UNKNOWN } };
}

export function outlineVirtualService(component: string, known: VirtualHostData): object {
    const { plan, opens } = outlined(component, known);
    const { metadata, spec } = buildVirtualService(plan);
    const hidden = typeof known.gateway !== "object";
    const shares = !known.tls && (hidden || opens("gateway.shared") || (known.gateway.shared?.length ?? 0) > 0);
    const undecided = shares && (hidden || opens("gateway.shared", "gateway.namespace", "namespace", "hosts"));
    // Whether there is a redirect, and from which port to which, hangs on the gateway.
    const led = mayRedirect(known) && (hidden || opens("gateway.ports", "httpPort", "httpsPort", "tls.http"));
    // Which proxy it is says whether settings are annotations or rules; for Istio's, which rules hangs on what they say.
    const edge = edgeArgsOf(plan.args);
    const unplaced = Object.keys(edge).length > 0 && (hidden || opens("gateway.dataPlane"));
    const ruled = unplaced || (plan.args.gateway.dataPlane === "istio" && mentionsUnknown(edge));
    return {
        metadata: unplaced ? { ...metadata, annotations: UNKNOWN } : metadata,
        spec: { ...spec, gateways: undecided ? UNKNOWN : spec.gateways, ...(led || ruled ? { http: UNKNOWN } : {}) },
    };
}

function mayRedirect({ tls }: VirtualHostData): boolean {
    return tls !== undefined && (tls.http === undefined || tls.http === "redirect" || mentionsUnknown(tls.http));
}

/** A rule of the gateway's for a backend, as far as it is known. */
export function outlineBackendRule(component: string, known: VirtualHostData, backend: HostBackend): object {
    const { plan } = outlined(component, known);
    return buildBackendRule(plan, backend);
}

/** The backends that the gateway has a rule for; `given` are the arguments as the program gave them. */
export function backendsOutlined(component: string, known: VirtualHostData, given: Parameters<typeof backendsOf>[1]): HostBackend[] {
    return backendsOf(outlined(component, known).plan, given);
}

/** Who may pass, as far as it is known. */
export function outlineAccess(component: string, known: VirtualHostData): AccessOrder {
    const { plan, opens } = outlined(component, known);
    const hidden = typeof known.gateway !== "object";
    const order = accessOrder(plan);
    const { place } = order;
    // Which ports and hosts there are decides on every rule.
    const open = hidden || opens("gateway.ports", "hosts", "httpPort", "tls.http");
    return {
        ...order,
        place: {
            ...place,
            ...(hidden ? { selector: standIn({}) } : {}),
            scope: open ? { ...place.scope, hosts: [UNKNOWN] } : place.scope,
        },
    };
}
