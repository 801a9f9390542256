/** What a VirtualHost makes, as plain data: its Istio Gateway, unless it shares one, and its VirtualService. */
import type { Gateway, Server, VirtualService } from "../../istio";
import { labelsWith, recommendedLabels, type Fault, type Metadata } from "../arguments";
import { serverTls, type Credential, type TlsData } from "../certificate";
import { resolveRoute, type HTTPRouteData } from "../destination";
import { inLowerCase, portSpeaking, sharedGatewayFor, tlsHosts, type AnyRef, type NamedPort } from "../gateway";
import { HTTP_PROTOCOLS, type Protocol } from "../ports";

export interface VirtualHostTlsData extends TlsData {
    readonly http?: "redirect" | "serve" | "off";
}

/** `VirtualHostArgs` once every value is there. */
export interface VirtualHostData {
    readonly gateway: AnyRef;
    readonly hosts: readonly string[];
    readonly tls?: VirtualHostTlsData;
    readonly http: readonly HTTPRouteData[];
    readonly namespace?: string;
    readonly httpPort?: string;
    readonly httpsPort?: string;
    readonly metadata?: Metadata;
}

/** A type and not an interface, so that it fits where an index signature is wanted. */
export type ObjectMetadata = {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
};

export interface VirtualHostPlan {
    readonly name: string;
    readonly args: VirtualHostData;
    /** Of the VirtualService. */
    readonly namespace: string;
    readonly httpsPort: NamedPort | undefined;
    readonly httpPort: NamedPort | undefined;
    readonly plainHttp: "redirect" | "serve" | "off";
    /** Istio Gateways of the platform that serve the hosts with its own certificate; empty where this host has its own. */
    readonly shared: readonly string[];
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
    const httpPort = portOf(gateway, args.httpPort, HTTP_PROTOCOLS, "http");
    const shared = args.tls ? [] : args.hosts.map((host) => sharedGatewayFor(gateway, host, namespace));
    const covered = shared.filter((one): one is string => one !== undefined);
    return {
        name: args.metadata?.name ?? component,
        args,
        namespace,
        httpPort,
        httpsPort: portOf(gateway, args.httpsPort, ["HTTPS"], "https"),
        plainHttp: args.tls ? (args.tls.http ?? (httpPort ? "redirect" : "off")) : "serve",
        shared: covered.length === args.hosts.length ? [...new Set(covered)].sort() : [],
    };
}

export function metadataOf(plan: VirtualHostPlan, namespace: string): ObjectMetadata {
    const { labels, annotations } = plan.args.metadata ?? {};
    return {
        name: plan.name,
        namespace,
        labels: labelsWith(labels, recommendedLabels("virtual-host", plan.name)),
        ...(annotations ? { annotations } : {}),
    };
}

/** The host's own Istio Gateway, beside the gateway's pods; `credential` says where its certificate is. */
export function buildGateway(plan: VirtualHostPlan, credential: Credential): { metadata: ObjectMetadata; spec: Gateway } {
    const {
        args: { gateway, hosts, tls },
        httpsPort,
        httpPort,
        plainHttp,
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
    const plain: Server[] =
        httpPort && plainHttp !== "off"
            ? [
                  {
                      port: { number: httpPort.number, protocol: httpPort.protocol, name: httpPort.name },
                      hosts,
                      ...(plainHttp === "redirect" ? { tls: { httpsRedirect: true } } : {}),
                  },
              ]
            : [];
    return { metadata: metadataOf(plan, gateway.namespace), spec: { selector: gateway.labels, servers: [...secure, ...plain] } };
}

function withoutHttp({ http: _http, ...tls }: VirtualHostTlsData): TlsData {
    return tls;
}

/** The routes; what is wrong with their destinations goes to `faults`. */
export function buildVirtualService(plan: VirtualHostPlan, faults: Fault[] = []): { metadata: ObjectMetadata; spec: VirtualService } {
    const { args, namespace, name, shared } = plan;
    return {
        metadata: metadataOf(plan, namespace),
        spec: {
            hosts: args.hosts,
            gateways: shared.length > 0 ? shared : [`${args.gateway.namespace}/${name}`],
            http: args.http.map((route, index) => resolveRoute(route, namespace, `http[${index}]`, faults)),
        },
    };
}

/** Where people find the host: HTTPS if it is served, with the port where a browser would not know it. */
export function urlsOf(plan: VirtualHostPlan): string[] {
    const secure = plan.args.tls !== undefined || plan.shared.length > 0;
    const port = secure ? plan.httpsPort : plan.httpPort;
    const suffix = port === undefined || port.number === (secure ? 443 : 80) ? "" : `:${port.number}`;
    return plan.args.hosts.map((host) => `${secure ? "https" : "http"}://${host}${suffix}/`);
}
