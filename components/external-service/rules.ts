/** The rules of an ExternalService's VirtualService: from the mesh to the gateway, and from there to the host that was asked for. */
import { isWildcard, serviceHost, type HTTPMatchRequest, type HTTPRoute, type TCPRoute, type TLSRoute } from "../../istio";
import type { AnyRef } from "../gateway";
import type { ExternalPort, ExternalServicePlan } from "./plan";

/** Where a rule's traffic is met: by its name as a VirtualService has it. */
interface Way {
    readonly via: AnyRef;
    /** `namespace/name` of the Istio Gateway. */
    readonly gateway: string;
}

const MESH = "mesh";

const gatewayHost = (via: AnyRef): string => serviceHost(via.name, via.namespace);

/**
 * What has reached the gateway is tried again by the gateway, as often as it was told to: two that both try again would try the
 * product of the two.
 */
const UNTIL_THE_GATEWAY = { attempts: 2, retryOn: "connect-failure,refused-stream" };

/** The forms of the Host header that ask for `host`; clients add the port or not. */
function authorities(host: string, number: number): HTTPMatchRequest["authority"][] {
    if (!isWildcard(host)) return [{ exact: host }, { exact: `${host}:${number}` }];
    return [{ regex: `[^:]+${host.slice(1).replaceAll(".", "\\.")}(:${number})?` }];
}

/** To the host that is asked for. With one host every request is for it; with several the Host header says for which. */
function outside({ args: { hosts, timeout, retries } }: ExternalServicePlan, number: number, gateway: string): HTTPRoute[] {
    const match = (host: string): HTTPMatchRequest[] =>
        hosts.length === 1
            ? [{ gateways: [gateway], port: number }]
            : authorities(host, number).map((authority) => ({ gateways: [gateway], port: number, authority: authority! }));
    return hosts.map((host) => ({
        match: match(host),
        route: [{ destination: { host, port: { number } } }],
        ...(timeout === undefined ? {} : { timeout }),
        ...(retries === undefined ? {} : { retries }),
    }));
}

export function httpRules(plan: ExternalServicePlan, { number }: ExternalPort, way: Way | undefined): HTTPRoute[] {
    if (!way) return outside(plan, number, MESH);
    const inside: HTTPRoute = {
        match: [{ gateways: [MESH], port: number }],
        route: [{ destination: { host: gatewayHost(way.via), port: { number } } }],
        ...(plan.args.retries === undefined ? {} : { retries: UNTIL_THE_GATEWAY }),
    };
    return [inside, ...outside(plan, number, way.gateway)];
}

export function tlsRules({ args: { hosts } }: ExternalServicePlan, { number }: ExternalPort, { via, gateway }: Way): TLSRoute[] {
    return hosts.flatMap((host): TLSRoute[] => [
        {
            match: [{ gateways: [MESH], port: number, sniHosts: [host] }],
            route: [{ destination: { host: gatewayHost(via), port: { number } } }],
        },
        { match: [{ gateways: [gateway], port: number, sniHosts: [host] }], route: [{ destination: { host, port: { number } } }] },
    ]);
}

export function tcpRules({ args: { hosts } }: ExternalServicePlan, { number }: ExternalPort, { via, gateway }: Way): TCPRoute[] {
    const [host = ""] = hosts;
    return [
        { match: [{ gateways: [MESH], port: number }], route: [{ destination: { host: gatewayHost(via), port: { number } } }] },
        { match: [{ gateways: [gateway], port: number }], route: [{ destination: { host, port: { number } } }] },
    ];
}
