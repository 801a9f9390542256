/** What a local run serves where: each server of each gateway, with requests that try it. */
import {
    isHttpFamily,
    parseProtocol,
    parseServerHost,
    serverKind,
    type GatewayObject,
    type HTTPMatchRequest,
    type HTTPRoute,
    type KubeObject,
    type Protocol,
    type Server,
    type TLSMatchAttributes,
    type VirtualServiceObject,
} from "../../istio";
import { bindingsOf, concreteHost, isVirtualService, namesGateway, namespaceOf, type Binding } from "./bindings";
import { gatewaySelects, isGateway, type PortOf } from "./gateway-services";
import { ruleRequests, type RequestShape } from "./sample-request";
import type { Elsewhere } from "../objects/elsewhere";
import type { Workload } from "./workloads";

export type Expectation =
    | { readonly kind: "answer" }
    | { readonly kind: "status"; readonly status: number /** What the location header begins with. */; readonly location?: string }
    /** Bytes come back on the connection. */
    | { readonly kind: "bytes" };

export interface Trial {
    readonly protocol: "http" | "https" | "tcp" | "tls";
    /** Asked for in Host and SNI; for tcp the address. */
    readonly host: string;
    readonly port: number;
    readonly shape: RequestShape;
    readonly expect: Expectation;
    /** Why it cannot be tried here; empty where it can. */
    readonly untried: string;
}

export interface ServedServer {
    /** `namespace/name` of the Gateway object. */
    readonly gateway: string;
    /** The port's name. */
    readonly server: string;
    readonly protocol: string;
    readonly declaredPort: number;
    readonly address: string;
    readonly port: number;
    readonly hosts: readonly string[];
    /** Empty in clear. */
    readonly tls: string;
    readonly url: string;
    readonly trials: readonly Trial[];
}

export interface ServedContext {
    readonly objects: readonly KubeObject[];
    readonly portOf: PortOf;
    readonly address: string;
    readonly elsewhere?: Elsewhere;
    /** Why a route to a host is not tried; undefined where it is. */
    unreachable(host: string, namespace: string): string | undefined;
    /** The names in the certificate that a server ends TLS with, as far as it is known. */
    certificateNames(server: Server, workload: Workload): readonly string[];
    /** Paths that the backend behind a destination has something to show under. */
    paths(host: string, namespace: string): readonly string[];
}

const GET: RequestShape = { method: "GET", path: "/", headers: {} };

interface Site {
    readonly server: Server;
    readonly gateway: GatewayObject;
    readonly port: number;
    readonly bindings: readonly Binding[];
    readonly context: ServedContext;
    readonly names: readonly string[];
}

/** Whether a match block holds on this server: its port and gateways, if it names any. */
function holds(match: Pick<HTTPMatchRequest, "port" | "gateways">, site: Site, service: VirtualServiceObject): boolean {
    return (
        (match.port === undefined || match.port === site.server.port.number) &&
        (match.gateways === undefined || match.gateways.length === 0 || namesGateway(match.gateways, site.gateway, namespaceOf(service)))
    );
}

function unreachable(
    routes: readonly { readonly destination: { readonly host: string }; readonly weight?: number }[] | undefined,
    site: Site,
    service: VirtualServiceObject,
): string {
    const reasons = (routes ?? [])
        .filter(({ weight }) => routes?.length === 1 || weight !== 0)
        .map(({ destination }) => site.context.unreachable(destination.host, namespaceOf(service)));
    return reasons.find((reason) => reason !== undefined) ?? "";
}

function expectationOf(rule: HTTPRoute): Expectation {
    if (rule.redirect) return { kind: "status", status: rule.redirect.redirectCode ?? 301 };
    if (rule.directResponse) return { kind: "status", status: rule.directResponse.status };
    return { kind: "answer" };
}

function untriedRule(rule: HTTPRoute, site: Site, service: VirtualServiceObject): string {
    if (rule.delegate) return "its routes are delegated";
    if (rule.fault) return "it injects faults";
    if (site.server.tls?.mode === "MUTUAL") return "it wants a client certificate";
    return unreachable(rule.route, site, service);
}

function httpTrials(site: Site, protocol: "http" | "https"): Trial[] {
    return site.bindings.flatMap(({ service, host }) => {
        const name = concreteHost(host, site.names);
        // A rewrite changes what the backend is asked for.
        const paths = (rule: HTTPRoute): readonly string[] =>
            rule.rewrite ? [] : rule.route?.[0] ? site.context.paths(rule.route[0].destination.host, namespaceOf(service)) : [];
        return ruleRequests(service.spec.http ?? [], (match) => holds(match, site, service), paths).map(({ rule, request }) => ({
            protocol,
            host: name,
            port: site.port,
            shape: request,
            expect: expectationOf(rule),
            untried: untriedRule(rule, site, service),
        }));
    });
}

/** httpsRedirect answers before any route, for every host of the server. */
function redirectTrials(site: Site): Trial[] {
    const bound = site.bindings.map(({ host }) => host);
    const hosts = bound.length > 0 ? bound : site.server.hosts.map((text) => parseServerHost(text).host);
    return [...new Set(hosts)].map((host) => {
        const name = concreteHost(host, site.names);
        return {
            protocol: "http",
            host: name,
            port: site.port,
            shape: GET,
            expect: { kind: "status", status: 301, location: `https://${name}` },
            untried: "",
        };
    });
}

function passthroughTrials(site: Site): Trial[] {
    return site.bindings.flatMap(({ service, host }) =>
        (service.spec.tls ?? []).flatMap((rule) => {
            const blocks = rule.match.filter((match: TLSMatchAttributes) => holds(match, site, service));
            return [...new Set(blocks.flatMap(({ sniHosts }) => sniHosts))]
                .filter((sni) => sni.toLowerCase() === host)
                .map(
                    (sni): Trial => ({
                        protocol: "https",
                        host: concreteHost(sni, []),
                        port: site.port,
                        shape: GET,
                        expect: { kind: "answer" },
                        untried: unreachable(rule.route, site, service),
                    }),
                );
        }),
    );
}

/** The first rule that holds on this port is the only one. */
function tcpTrials(site: Site, protocol: "tcp" | "tls"): Trial[] {
    for (const { service, host } of site.bindings) {
        const rule = (service.spec.tcp ?? []).find(
            ({ match }) => match === undefined || match.length === 0 || match.some((one) => holds(one, site, service)),
        );
        if (rule) {
            const name = protocol === "tcp" ? site.context.address : concreteHost(host, site.names);
            return [
                {
                    protocol,
                    host: name,
                    port: site.port,
                    shape: GET,
                    expect: { kind: "bytes" },
                    untried: unreachable(rule.route, site, service),
                },
            ];
        }
    }
    return [];
}

function trialsOf(site: Site): Trial[] {
    const { port, tls } = site.server;
    const kind = serverKind(port.protocol, tls?.mode);
    switch (kind) {
        case "http":
            return tls?.httpsRedirect ? redirectTrials(site) : httpTrials(site, "http");
        case "https":
            return httpTrials(site, "https");
        case "passthrough":
            return tls?.mode === "AUTO_PASSTHROUGH" ? [] : passthroughTrials(site);
        case "terminated-tcp":
            return tcpTrials(site, "tls");
        case "tcp":
        case undefined:
            return tcpTrials(site, "tcp");
        default:
            return kind satisfies never;
    }
}

/** A certificate that a cluster's controller would make is not here, and nobody can ask for what it guards. */
function withoutCertificate(trials: readonly Trial[], { server, gateway, context }: Site): readonly Trial[] {
    const { credentialName, credentialNames = [], serverCertificate } = server.tls ?? {};
    const names = credentialName === undefined ? credentialNames : [credentialName];
    const files = names.length > 0 || serverCertificate === undefined ? [] : [serverCertificate];
    const missing = [
        ...names.map((name) => context.elsewhere?.promised(gateway, name)),
        ...files.map((file) => context.elsewhere?.mounted(gateway, file)),
    ];
    if (missing.length === 0 || missing.includes(undefined)) return trials;
    return trials.map((trial) => (trial.untried === "" ? { ...trial, untried: "its certificate is in a Secret from elsewhere" } : trial));
}

function urlOf(site: Site, protocol: Protocol, trials: readonly Trial[]): string {
    const [first] = trials;
    const host = first?.host ?? concreteHost(parseServerHost(site.server.hosts[0] ?? "*").host, site.names);
    if (first) return trialUrl(first);
    return isHttpFamily(protocol)
        ? `http://${host}:${site.port}/`
        : protocol === "HTTPS"
          ? `https://${host}:${site.port}/`
          : `${protocol === "TLS" ? "tls" : "tcp"}://${host}:${site.port}`;
}

/** The URL of a trial; for tcp and tls its address. */
export function trialUrl({ protocol, host, port, shape }: Trial): string {
    return protocol === "tcp" || protocol === "tls" ? `${protocol}://${host}:${port}` : `${protocol}://${host}:${port}${shape.path}`;
}

function servedServer(server: Server, gateway: GatewayObject, workload: Workload, context: ServedContext): ServedServer {
    const protocol = parseProtocol(server.port.protocol) ?? "TCP";
    const isTls = protocol === "HTTPS" || protocol === "TLS";
    // Istio's default mode is PASSTHROUGH, also on HTTPS.
    const tls = isTls ? (server.tls?.mode ?? "PASSTHROUGH") : "";
    const site: Site = {
        server,
        gateway,
        context,
        port: context.portOf(workload, server.port.number),
        bindings: bindingsOf(server, gateway, context.objects.filter(isVirtualService), workload.ref.namespace),
        names: context.certificateNames(server, workload),
    };
    const trials = withoutCertificate(trialsOf(site), site);
    return {
        gateway: `${namespaceOf(gateway)}/${gateway.metadata.name}`,
        server: server.port.name,
        protocol,
        declaredPort: server.port.number,
        address: context.address,
        port: site.port,
        hosts: server.hosts.map((text) => parseServerHost(text).host),
        tls,
        url: urlOf(site, protocol, trials),
        trials,
    };
}

/** The servers of one gateway workload, in the order of the objects. */
export function servedBy(workload: Workload, context: ServedContext): ServedServer[] {
    return context.objects
        .filter(isGateway)
        .filter((gateway) => gatewaySelects(gateway, workload))
        .flatMap((gateway) =>
            gateway.spec.servers.filter(({ port }) => port.number > 0).map((server) => servedServer(server, gateway, workload, context)),
        );
}
