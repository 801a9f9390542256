/** An external service as data: its ports made whole, and the gateway's port for each. */
import { isWildcard, protocolOfPortName, type ClientTLSSettings, type Resolution, type WorkloadEntry } from "../../istio";
import { labelsWith, recommendedLabels, type Metadata } from "../arguments";
import { inLowerCase, type AnyRef } from "../gateway";
import { HTTP_PROTOCOLS, type Protocol } from "../ports";
import type { ExternalPortSpec } from "./args";

/** `ExternalServiceArgs` once every value is there. */
export interface ExternalServiceData {
    readonly hosts: readonly string[];
    readonly ports: Readonly<Record<string, number | ExternalPortSpec>>;
    readonly endpoints?: readonly WorkloadEntry[];
    readonly addresses?: readonly string[];
    readonly via?: AnyRef;
    readonly tls?: Omit<ClientTLSSettings, "mode"> & { readonly mode?: "SIMPLE" | "MUTUAL" };
    readonly namespace?: string;
    readonly exportTo?: readonly string[];
    readonly metadata?: Metadata;
}

export interface ExternalPort {
    readonly name: string;
    readonly number: number;
    readonly protocol: Protocol;
    readonly targetPort?: number;
    /** How the egress gateway takes the traffic in. */
    readonly through: "http" | "tls" | "tcp";
}

export interface ExternalServicePlan {
    readonly name: string;
    readonly namespace: string;
    readonly args: ExternalServiceData;
    readonly ports: readonly ExternalPort[];
    readonly resolution: Resolution;
}

/** A type and not an interface, so that it fits where an index signature is wanted. */
export type ObjectMetadata = {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
};

function throughOf(protocol: Protocol): ExternalPort["through"] {
    if (HTTP_PROTOCOLS.includes(protocol)) return "http";
    return protocol === "HTTPS" || protocol === "TLS" ? "tls" : "tcp";
}

function portOf([name, given]: [string, number | ExternalPortSpec]): ExternalPort {
    const spec = typeof given === "number" ? { number: given } : given;
    const protocol = spec.protocol ?? (protocolOfPortName(name) as Protocol | undefined) ?? "TCP";
    return {
        name,
        number: spec.number,
        protocol,
        ...(spec.targetPort === undefined ? {} : { targetPort: spec.targetPort }),
        through: throughOf(protocol),
    };
}

/** Exact hosts are looked up in DNS; a wildcard's name is only known with each connection. */
function resolutionOf({ hosts, endpoints }: ExternalServiceData): Resolution {
    if (endpoints && endpoints.length > 0) return "STATIC";
    return hosts.some(isWildcard) ? "DYNAMIC_DNS" : "DNS";
}

export function planExternalService(component: string, given: ExternalServiceData): ExternalServicePlan {
    const args = { ...given, hosts: inLowerCase(given.hosts) };
    return {
        name: args.metadata?.name ?? component,
        namespace: args.namespace ?? args.via?.namespace ?? "",
        args,
        ports: Object.entries(args.ports)
            .map(portOf)
            .sort((a, b) => a.number - b.number),
        resolution: resolutionOf(args),
    };
}

export function metadataOf(plan: ExternalServicePlan, namespace: string, name = plan.name): ObjectMetadata {
    const { labels, annotations } = plan.args.metadata ?? {};
    return {
        name,
        namespace,
        labels: labelsWith(labels, recommendedLabels("external-service", plan.name)),
        ...(annotations ? { annotations } : {}),
    };
}
