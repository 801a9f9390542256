/** What a local run serves where: each server of each Gateway, with requests that try it. It is read off the compiled tables. */
import {
    forwardProxyPorts,
    gatewayNames,
    isHttpFamily,
    meetingHost,
    nameText,
    parseProtocol,
    parseServerHost,
    refKey,
    refOf,
    serverKind,
    type GatewayObject,
    type KubeObject,
    type Protocol,
    type RefKey,
    type Server,
    type VirtualServiceObject,
} from "../../istio";
import { explainer } from "../../proxy/explain";
import type { FilterChainEntry, Origin, VirtualHostEntry } from "../../proxy/tables";
import type { PlacedObject } from "../../proxy/resources/placed-object";
import type { Elsewhere } from "../objects/elsewhere";
import { accessNotes, admissionOfHost } from "./access-notes";
import { certificateNames, connectionTrial, hostTrials, namesUnder, wantsHeader, type TriedFront, type Oracle } from "./foretell";
import { LOOPBACK } from "./free-ports";
import { underscorePolicyOf } from "./gateway-arguments";
import { gatewaySelects, isGateway } from "./gateway-services";
import { compileFor, takenObjects, type ProxySettings } from "./gateway-tables";
import { forwardProxyTrials } from "./proxy-trials";
import { FROM_ELSEWHERE, servedIngresses } from "./served-ingresses";
import type { PlannedGateway, RunPlan } from "./plan";
import { HTTP_VERSIONS, trialUrl, type ServedServer, type Trial } from "./trial";

/** The servers of each gateway workload, by its key, in the order of the objects. */
export function servedBy(plan: RunPlan, settings: ProxySettings, elsewhere?: Elsewhere): ReadonlyMap<string, ServedServer[]> {
    const { objects } = takenObjects(plan.objects.map((object) => ({ object })));
    const program = new Map(plan.sound.filter(isRouting).map((object, order) => [refKey(refOf(object)), { object, order }]));
    return new Map(
        plan.gateways.map((gateway) => {
            const { workload } = gateway;
            const oracle = oracleOf(gateway, plan, objects, settings);
            const sites = plan.sound
                .filter(isGateway)
                .filter((one) => gatewaySelects(one, workload))
                .flatMap((one) =>
                    one.spec.servers.map((server, index): Site => {
                        const port = plan.portOf(workload, server.port.number);
                        return { objects: plan.sound, gateway: one, server, field: `spec.servers[${index}]`, port, oracle, program };
                    }),
                );
            const servers = sites.filter(({ server }) => server.port.number > 0).map((site) => servedServer(site, elsewhere));
            return [workload.key, [...servers, ...servedIngresses(plan, workload, oracle, elsewhere)]];
        }),
    );
}

function oracleOf({ workload, files }: PlannedGateway, plan: RunPlan, objects: readonly PlacedObject[], settings: ProxySettings): Oracle {
    const { tables, findings } = compileFor(workload, objects, files, settings);
    const underscores = underscorePolicyOf(workload);
    const open = new Map([...tables.listeners.values()].map(({ targetPort, key }) => [targetPort, key]));
    return {
        tables,
        findings,
        ask: explainer(tables, { open, ...(underscores === undefined ? {} : { underscores }) }),
        pathsAt: (port) => plan.samples.find((sample) => sample.port === port)?.paths ?? [],
        callsAt: (port) => plan.samples.find((sample) => sample.port === port)?.calls ?? [],
    };
}

type Routing = GatewayObject | VirtualServiceObject;

/** A server of a Gateway, on one gateway workload. */
interface Site {
    /** All that the program makes and is sound. */
    readonly objects: readonly KubeObject[];
    readonly gateway: GatewayObject;
    readonly server: Server;
    /** `spec.servers[0]`. */
    readonly field: string;
    readonly port: number;
    readonly oracle: Oracle;
    /** The Gateways and VirtualServices without an error of their own, and their order. */
    readonly program: ReadonlyMap<RefKey, { readonly object: Routing; readonly order: number }>;
}

/** Whether its forward proxy leads to hosts that nobody has named. */
function isOpen({ oracle: { tables } }: Site): boolean {
    return [...tables.virtualHosts.values()].some(({ domain, connect }) => domain === "*" && connect !== undefined);
}

function servedServer(site: Site, elsewhere: Elsewhere | undefined): ServedServer {
    const { gateway, server, port } = site;
    const protocol = parseProtocol(server.port.protocol) ?? "TCP";
    const fronts = frontsOf(site);
    const trials = isForwardProxy(site)
        ? forwardProxyTrials({ ...site, isOpen: isOpen(site) })
        : fronts.flatMap((front) => trialsOf(site, front));
    return {
        gateway: gatewayId(gateway),
        server: server.port.name,
        protocol,
        declaredPort: server.port.number,
        address: LOOPBACK,
        port,
        hosts: server.hosts.map((text) => parseServerHost(text).host),
        // Istio's default mode is PASSTHROUGH, also on HTTPS.
        tls: protocol === "HTTPS" || protocol === "TLS" ? (server.tls?.mode ?? "PASSTHROUGH") : "",
        versions: fronts.some(({ chain: { target, tls } }) => target.kind === "http" && tls?.mode !== "PASSTHROUGH") ? HTTP_VERSIONS : [],
        url: urlOf(site, protocol, trials[0]),
        trials: withoutCertificate(trials, site, elsewhere),
        access: fronts.flatMap((front) => accessOf(site, front)),
    };
}

const isForwardProxy = ({ gateway, server }: Site): boolean => forwardProxyPorts(gateway.metadata.annotations).includes(server.port.name);

/** Of each host whose requests or connections somebody is asked about, by whom. */
function accessOf(site: Site, { chain }: TriedFront): ServedServer["access"] {
    const { tables } = site.oracle;
    const { target, serverNames, tls } = chain;
    const all =
        target.kind === "http"
            ? hostsOf(site, target.routeTable, tls === undefined).map((host) => ({
                  host: host.domain,
                  policies: accessNotes(admissionOfHost(host, tables), host.domain, tables),
              }))
            : [{ host: serverNames.join(", ") || "*", policies: accessNotes(chain, "*", tables) }];
    return all.filter(({ policies }) => policies.length > 0);
}

/** The chains that take connections for the server. In the clear one is for all HTTP servers of a port. */
function frontsOf(site: Site): TriedFront[] {
    const { tables } = site.oracle;
    const bind = site.server.bind || "0.0.0.0";
    const listeners = [...tables.listeners.values()].filter((one) => one.targetPort === site.port && one.bind === bind);
    return [...tables.chains.values()]
        .filter(({ listener }) => listeners.some(({ key }) => key === listener))
        .filter((chain) =>
            isClearHttp(chain) ? serverKind(site.server.port.protocol, undefined) === "http" : isOf(site, chain.origin, chain.serverNames),
        )
        .map((chain) => ({
            address: LOOPBACK,
            port: site.port,
            chain,
            certificateNames: certificateNames(chain, tables),
            call: parseProtocol(site.server.port.protocol) === "GRPC-WEB" ? "grpc-web" : "grpc",
            presents: wantsHeader(chain, tables),
        }));
}

function isClearHttp({ tls, target }: FilterChainEntry): boolean {
    return tls === undefined && target.kind === "http";
}

/** Whether what an origin made for hosts is served by the server: its own, or of a VirtualService that is bound to it. */
function isOf({ gateway, server, field, program }: Site, origin: Origin, hosts: readonly string[]): boolean {
    const object = program.get(refKey(origin))?.object;
    if (object === gateway) return origin.field === field || origin.field.startsWith(`${field}.`);
    if (object === undefined || isGateway(object) || !gatewayNames(object.spec.gateways, origin.namespace).includes(gatewayId(gateway)))
        return false;
    const own = server.hosts.map(parseServerHost);
    return hosts.every((host) => own.some((one) => meetingHost(host, origin.namespace, one, refOf(gateway).namespace) === host));
}

function trialsOf(site: Site, front: TriedFront): Trial[] {
    const { oracle } = site;
    const { tls, target, serverNames } = front.chain;
    if (target.kind === "http")
        return hostsOf(site, target.routeTable, tls === undefined).flatMap((host) => hostTrials(oracle, front, host));
    const names = serverNames.length === 0 ? ["*"] : serverNames;
    return (tls?.mode === "PASSTHROUGH" ? names : names.slice(0, 1)).map((name) => connectionTrial(oracle, front, name));
}

/** The virtual hosts of a route table, in the program's order; of one that servers share the server's own. */
function hostsOf(site: Site, routeTable: string, isShared: boolean): VirtualHostEntry[] {
    const order = ({ origin }: VirtualHostEntry): number => site.program.get(refKey(origin))?.order ?? Infinity;
    const hosts = [...site.oracle.tables.virtualHosts.values()]
        .filter((host) => host.routeTable === routeTable && (!isShared || isOf(site, host.origin, [host.domain])))
        .map((host) => (isShared ? withoutIngresses(host) : host))
        .sort((a, b) => order(a) - order(b));
    // What a server redirects by itself is worth a request where nothing is bound to it.
    const bound = hosts.filter(({ routes }) => routes.length > 0);
    return bound.length > 0 ? bound : hosts;
}

/** What an Ingress leads elsewhere stands in its own row. */
function withoutIngresses(host: VirtualHostEntry): VirtualHostEntry {
    return { ...host, routes: host.routes.filter(({ origin }) => origin.kind !== "Ingress") };
}

/** A certificate that a cluster's controller would make is not here, and nobody can ask for what it guards. */
function withoutCertificate(trials: readonly Trial[], { server, gateway }: Site, elsewhere: Elsewhere | undefined): readonly Trial[] {
    const { credentialName, credentialNames = [], serverCertificate } = server.tls ?? {};
    const names = credentialName === undefined ? credentialNames : [credentialName];
    const files = names.length > 0 || serverCertificate === undefined ? [] : [serverCertificate];
    const missing = [...names.map((name) => elsewhere?.promised(gateway, name)), ...files.map((file) => elsewhere?.mounted(gateway, file))];
    if (missing.length === 0 || missing.includes(undefined)) return trials;
    return trials.map((trial) => (trial.untried === "" ? { ...trial, untried: FROM_ELSEWHERE } : trial));
}

/** Of a server without a trial, as far as its hosts tell. */
function urlOf(site: Site, protocol: Protocol, first: Trial | undefined): string {
    const { server, port } = site;
    if (isForwardProxy(site)) return `http://${LOOPBACK}:${port}`;
    if (first) return trialUrl(first);
    const [host = ""] = namesUnder(parseServerHost(server.hosts[0] ?? "*").host, []);
    const scheme = isHttpFamily(protocol) ? "http" : protocol.toLowerCase();
    return `${scheme}://${host}:${port}${scheme.startsWith("http") ? "/" : ""}`;
}

function gatewayId(gateway: GatewayObject): string {
    return nameText(refOf(gateway));
}

function isRouting(object: KubeObject): object is Routing {
    return isGateway(object) || (object.kind === "VirtualService" && object.apiVersion.startsWith("networking.istio.io/"));
}
