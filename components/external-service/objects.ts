/**
 * What an ExternalService makes, as plain data: its ServiceEntry, and with a gateway the whole way through it. The outlines
 * are what is made as far as it is known while some arguments are not: UNKNOWN stands wherever a value that is not known
 * decides on what there is.
 */
import type { ClientTLSSettings, DestinationRule, Gateway, ServiceEntry, VirtualService } from "../../istio";
import {
    istioCandidate,
    labelsWith,
    opensOf,
    routingMetadata,
    UNKNOWN,
    type Candidate,
    type Made,
    type ObjectMetadata,
} from "../arguments";
import type { AnyRef } from "../gateway";
import { healthCheckAnnotations } from "../health-check";
import { limitAnnotations } from "../rate-limit";
import { entryAnnotations, exportToOf } from "./annotations";
import { extentOf, planExternalService, ruleNames, type ExternalPort, type ExternalServiceData, type ExternalServicePlan } from "./plan";
import { httpRules, tcpRules, tlsRules } from "./rules";

function metadataOf(
    { name, args }: ExternalServicePlan,
    namespace: string,
    own = name,
    more: Readonly<Record<string, string>> = {},
): ObjectMetadata {
    const metadata = routingMetadata("external-service", name, namespace, args.metadata, own);
    return Object.keys(more).length === 0 ? metadata : { ...metadata, annotations: labelsWith(metadata.annotations, more) };
}

export function buildServiceEntry(plan: ExternalServicePlan): Made<ServiceEntry> {
    const {
        args: { hosts, addresses, endpoints },
        ports,
        resolution,
    } = plan;
    const exportTo = exportToOf(plan);
    return {
        metadata: metadataOf(plan, plan.namespace, plan.name, entryAnnotations(plan)),
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
export function buildGateway(plan: ExternalServicePlan, via: AnyRef): Made<Gateway> {
    return {
        metadata: metadataOf(plan, via.namespace),
        spec: {
            selector: via.labels,
            servers: plan.ports.map(({ name, number, protocol, through }) => ({
                // What begins with TLS is passed through, whatever is inside.
                port: { number, protocol: through === "tls" ? "TLS" : protocol, name },
                // From no other namespace a VirtualService leads these hosts elsewhere.
                hosts: plan.args.hosts.map((host) => `${plan.namespace}/${host}`),
                ...(through === "tls" ? { tls: { mode: "PASSTHROUGH" } } : {}),
            })),
        },
    };
}

export function buildVirtualService(plan: ExternalServicePlan, via: AnyRef | undefined): Made<VirtualService> {
    const way = via && { via, gateway: `${via.namespace}/${plan.name}` };
    const through = (kind: ExternalPort["through"]): ExternalPort[] => plan.ports.filter((port) => port.through === kind);
    const http = through("http").flatMap((port) => httpRules(plan, port, way));
    const tls = way ? through("tls").flatMap((port) => tlsRules(plan, port, way)) : [];
    const tcp = way ? through("tcp").flatMap((port) => tcpRules(plan, port, way)) : [];
    const exportTo = exportToOf(plan);
    return {
        metadata: metadataOf(plan, plan.namespace, plan.name, limitAnnotations(plan.args)),
        spec: {
            hosts: plan.args.hosts,
            gateways: ["mesh", ...(way ? [way.gateway] : [])],
            ...(http.length > 0 ? { http } : {}),
            ...(tls.length > 0 ? { tls } : {}),
            ...(tcp.length > 0 ? { tcp } : {}),
            ...(exportTo ? { exportTo } : {}),
        },
    };
}

/**
 * TLS as it begins here. A name that is asked for and not compared would be vouched for by any certificate: Istio compares by
 * itself only where it takes the name from the request, which is all there is to a wildcard.
 */
function originationOf({ args: { tls }, mode }: ExternalServicePlan, host: string): ClientTLSSettings {
    const { mode: given, ...settings } = tls ?? {};
    const name = settings.sni ?? (host.startsWith("*") ? undefined : host);
    const verified = settings.subjectAltNames === undefined && settings.insecureSkipVerify !== true;
    return {
        mode: mode === "mutual" ? "MUTUAL" : (given ?? "SIMPLE"),
        ...(name === undefined ? {} : { sni: name, ...(verified ? { subjectAltNames: [name] } : {}) }),
        ...settings,
    };
}

/**
 * How the host of this place in the list is spoken to: as it was spoken to, or over TLS that begins here. With a gateway only its
 * namespace sees the rule: an application's sidecar speaks to the gateway, not to the host.
 */
export function buildDestinationRule(plan: ExternalServicePlan, via: AnyRef | undefined, index: number): Made<DestinationRule> {
    const { hosts, healthCheck, exportTo } = plan.args;
    const host = hosts[index] ?? "";
    const tls = originationOf(plan, host);
    const begun = plan.ports.filter(({ through }) => through === "http").map(({ number }) => ({ port: { number }, tls }));
    const exported = via ? ["."] : exportTo;
    return {
        metadata: metadataOf(plan, via ? via.namespace : plan.namespace, ruleNames(plan)[index], healthCheckAnnotations(healthCheck)),
        spec: {
            host,
            trafficPolicy: {
                ...(via ? { tls: { mode: "DISABLE" } } : {}),
                ...(plan.mode === "passthrough" ? {} : { portLevelSettings: begun }),
            },
            ...(exported ? { exportTo: exported } : {}),
            // A Secret is the gateway's to read; of others in its namespace Istio would warn that they read none.
            ...(via && plan.mode !== "passthrough" && plan.args.tls?.credentialName !== undefined
                ? { workloadSelector: { matchLabels: via.labels } }
                : {}),
        },
    };
}

export function externalServiceCandidates(plan: ExternalServicePlan): Candidate[] {
    const { via, args } = plan;
    const extent = extentOf(args);
    const pairs: readonly (readonly [string, string])[] = [
        ["spec.hosts", "hosts"],
        ["spec.endpoints", "endpoints"],
        ["spec.addresses", "addresses"],
        ["spec.exportTo", "exportTo"],
        ["spec.resolution", "resolution"],
        ...plan.ports.map(({ name }, index) => [`spec.ports[${index}]`, `ports.${name}`] as const),
    ];
    const routes = buildVirtualService(plan, via);
    const rules: readonly (readonly [string, string])[] = (routes.spec.http ?? []).flatMap((_rule, index) => [
        [`spec.http[${index}].timeout`, "timeout"] as const,
        [`spec.http[${index}].retries`, "retries"] as const,
    ]);
    const straight = args.via === undefined;
    return [
        istioCandidate("ServiceEntry", buildServiceEntry(plan), pairs),
        ...(via ? [istioCandidate("Gateway", buildGateway(plan, via), pairs)] : []),
        ...(extent.routes && (via || straight) ? [istioCandidate("VirtualService", routes, [...rules, ...pairs])] : []),
        ...(extent.rules && (via || straight)
            ? args.hosts.map((_host, index) =>
                  istioCandidate(
                      "DestinationRule",
                      buildDestinationRule(plan, via, index),
                      plan.ports.map((_port, at) => [`spec.trafficPolicy.portLevelSettings[${at}].tls`, "tls"] as const),
                  ),
              )
            : []),
    ];
}

const HIDDEN: AnyRef = { version: 1, kind: "egress", name: UNKNOWN, namespace: UNKNOWN, labels: {}, ports: {} };

interface Outlined {
    readonly plan: ExternalServicePlan;
    /** None where the traffic goes straight out. */
    readonly via: AnyRef | undefined;
    readonly opens: ReturnType<typeof opensOf>;
    /** Whether the namespaces that know of it are said by what is not known yet. */
    readonly exported: boolean;
}

/** The plan is right in everything but what hangs on an argument that is open. */
function outlined(component: string, known: ExternalServiceData): Outlined {
    const via = known.via === undefined ? undefined : typeof known.via === "object" ? known.via : HIDDEN;
    const args = via === undefined ? known : { ...known, via };
    const opens = opensOf(known);
    const derived = known.allowFrom !== undefined && known.exportTo === undefined;
    return {
        plan: planExternalService(component, args),
        via,
        opens,
        exported: !derived || (via !== HIDDEN && !opens("namespace", "via.namespace", "allowFrom")),
    };
}

export function outlineServiceEntry(component: string, known: ExternalServiceData): object {
    const { plan, via, opens, exported } = outlined(component, known);
    const { metadata, spec } = buildServiceEntry(plan);
    // A wildcard among the hosts is looked up in another way, and so are endpoints that are names.
    const decided = known.resolution !== undefined || (!opens("hosts", "endpoints") && typeof known.endpoints !== "string");
    return {
        // Whether the gateway is a forward proxy is said by the gateway.
        metadata: via === HIDDEN ? { ...metadata, annotations: UNKNOWN } : metadata,
        spec: {
            ...spec,
            ...(decided && !opens("ports") ? {} : { ports: UNKNOWN }),
            ...(decided ? {} : { resolution: UNKNOWN }),
            ...(exported ? {} : { exportTo: UNKNOWN }),
        },
    };
}

export function outlineGateway(component: string, known: ExternalServiceData): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildGateway(plan, via ?? HIDDEN);
    return { metadata, spec: { selector: via === HIDDEN ? UNKNOWN : spec.selector, servers: opens("ports") ? UNKNOWN : spec.servers } };
}

export function outlineDestinationRule(component: string, known: ExternalServiceData, index: number): object {
    const { plan, via, opens } = outlined(component, known);
    const { metadata, spec } = buildDestinationRule(plan, via, index);
    // A name that is cut is made of the whole of it.
    const named = known.hosts.length === 1 || !opens("hosts", "metadata.name");
    const decided = plan.mode === "passthrough" || !opens(`hosts[${index}]`, "ports", "tls");
    return {
        metadata: named ? metadata : { ...metadata, name: UNKNOWN },
        spec: { ...spec, trafficPolicy: decided ? spec.trafficPolicy : UNKNOWN },
    };
}

export function outlineVirtualService(component: string, known: ExternalServiceData): object {
    const { plan, via, opens, exported } = outlined(component, known);
    const { metadata, spec } = buildVirtualService(plan, via);
    // How a host is matched hangs on whether it is a wildcard.
    const open = opens("ports") || (known.hosts.length > 1 && opens("hosts"));
    return {
        metadata,
        spec: { ...spec, ...(open ? { http: UNKNOWN, tls: UNKNOWN, tcp: UNKNOWN } : {}), ...(exported ? {} : { exportTo: UNKNOWN }) },
    };
}
