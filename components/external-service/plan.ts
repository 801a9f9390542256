/** What an ExternalService decides before anything is made: its ports made whole, how addresses are found, how TLS begins. */
import { isIP } from "node:net";
import { isWildcard, protocolOfPortName, type Resolution } from "../../istio";
import { derivedNames, mentionsUnknown, OBJECT_NAME, slug } from "../arguments";
import { inLowerCase, type AnyRef } from "../gateway";
import { HTTP_PROTOCOLS, type AnyPorts, type Protocol } from "../ports";
import type { KnownArgs } from "../schema";
import type { ExternalMode, ExternalPortSpec, ExternalServiceArgs, ExternalTlsArgs } from "./schema";

/** `ExternalServiceArgs` once every value is there. */
export type ExternalServiceData = KnownArgs<ExternalServiceArgs<AnyPorts>, { readonly via?: AnyRef }>;

export type ExternalTlsData = KnownArgs<ExternalTlsArgs>;

export interface ExternalPort {
    readonly name: string;
    readonly number: number;
    readonly protocol: Protocol;
    readonly targetPort?: number;
    /** How the traffic is told apart. */
    readonly through: "http" | "tls" | "tcp";
}

export interface ExternalServicePlan {
    readonly name: string;
    readonly namespace: string;
    readonly args: ExternalServiceData;
    readonly ports: readonly ExternalPort[];
    readonly resolution: Resolution;
    readonly mode: ExternalMode;
    /** The gateway that the traffic goes through, as far as it is known. */
    readonly via: AnyRef | undefined;
}

/** Where TLS is spoken outside by those who speak plain HTTP to port 80. */
const HTTPS_PORT = 443;

function throughOf(protocol: Protocol): ExternalPort["through"] {
    if (HTTP_PROTOCOLS.includes(protocol)) return "http";
    return protocol === "HTTPS" || protocol === "TLS" ? "tls" : "tcp";
}

function portOf([name, given]: [string, number | ExternalPortSpec], mode: ExternalServiceData["mode"]): ExternalPort {
    const spec = typeof given === "number" ? { number: given } : given;
    const protocol = spec.protocol ?? (protocolOfPortName(name) as Protocol | undefined) ?? "TCP";
    const through = throughOf(protocol);
    const begins = through === "http" && spec.number === 80 && (mode === "originate" || mode === "mutual");
    const targetPort = spec.targetPort ?? (begins ? HTTPS_PORT : undefined);
    return { name, number: spec.number, protocol, ...(targetPort === undefined ? {} : { targetPort }), through };
}

/** Exact hosts are looked up in DNS; a wildcard's name is only known with each connection. */
function resolutionOf({ hosts, endpoints, resolution }: ExternalServiceData): Resolution {
    if (resolution !== undefined) return resolution;
    if (Array.isArray(endpoints) && endpoints.length > 0) {
        const named = endpoints.some(({ address }) => typeof address === "string" && !mentionsUnknown(address) && !isAddress(address));
        return named ? "DNS" : "STATIC";
    }
    return hosts.some(isWildcard) ? "DYNAMIC_DNS" : "DNS";
}

/** An IP address, or the path of a Unix socket, which Istio takes in an endpoint's place. */
const isAddress = (address: string): boolean => isIP(address) !== 0 || address.startsWith("unix://");

export function modeOf({ mode, tls }: Pick<ExternalServiceData, "mode" | "tls">): ExternalMode {
    if (mode !== undefined) return mode;
    if (!tls) return "passthrough";
    return tls.mode === "MUTUAL" ? "mutual" : "originate";
}

export function planExternalService(component: string, given: ExternalServiceData): ExternalServicePlan {
    const args = { ...given, hosts: inLowerCase(given.hosts) };
    return {
        name: args.metadata?.name ?? component,
        namespace: args.namespace ?? args.via?.namespace ?? "",
        args,
        ports: Object.entries(args.ports)
            .map((one) => portOf(one, args.mode))
            .sort((a, b) => a.number - b.number),
        resolution: resolutionOf(args),
        mode: modeOf(args),
        via: typeof args.via === "object" ? args.via : undefined,
    };
}

/** A rule has one host: with several each has its own, named by it. In the order of the hosts. */
export function ruleNames({ name, args: { hosts } }: ExternalServicePlan): string[] {
    return hosts.length === 1 ? [name] : derivedNames(hosts, (host) => `${name}-${slug(host)}`, OBJECT_NAME);
}

/** What of the arguments alone says which objects there are: with a gateway all of them are. */
export interface Extent {
    /** A DestinationRule for each host. */
    readonly rules: boolean;
    readonly routes: boolean;
    readonly gateway: boolean;
}

export function extentOf({ via, tls, mode, timeout, retries }: Readonly<Partial<Record<keyof ExternalServiceData, unknown>>>): Extent {
    const through = via !== undefined;
    return {
        gateway: through,
        rules: through || tls !== undefined || mode === "originate" || mode === "mutual",
        routes: through || timeout !== undefined || retries !== undefined,
    };
}
