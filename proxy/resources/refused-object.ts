/**
 * Objects that have never been good and restrict all the same. What a VirtualService's rules forbid must not be let in, so
 * that its hosts are refused rather than left to the rules of a wildcard: as far as its hosts and Gateways can be read.
 * What a DestinationRule wants encrypted must not go out in the clear, so that its host has no backend. What a Gateway asks
 * of clients is not to be got round by a wildcard of another, so that its TLS hosts accept no handshake. What is meant for
 * the hosts of a ServiceEntry is not to go where a wildcard's endpoints are.
 */
import { hostFault } from "../../istio/hosts";
import type { KubeObject } from "../../istio/types";
import { isRecord } from "../../istio/validation";
import type { PlacedObject } from "./placed-object";
import { READABLE_HOSTS, refusedGateway } from "./refused-gateway";

/** Undefined: an object of another kind, which is absent without a good version. */
export function refusedObject(object: KubeObject): PlacedObject | undefined {
    const given = (object as { readonly spec?: unknown }).spec;
    const spec = isRecord(given) ? given : {};
    if (object.kind === "DestinationRule") return refusedDestination(object, spec);
    if (object.kind === "Gateway") return refusedGateway(object, spec);
    if (object.kind === "ServiceEntry") return refusedEntry(object, spec);
    if (object.kind !== "VirtualService") return undefined;
    const hosts = readableHosts(spec);
    const gateways = textsOf(spec.gateways);
    const exportTo = textsOf(spec.exportTo);
    return {
        object: {
            apiVersion: "networking.istio.io/v1", kind: object.kind, metadata: object.metadata,
            spec: { hosts, ...(gateways.length > 0 ? { gateways } : {}), ...(exportTo.length > 0 ? { exportTo } : {}) },
        } as unknown as KubeObject,
        isClosed: true,
        refused: "its VirtualService has never been good",
    };
}

function readableHosts(spec: Readonly<Record<string, unknown>>): string[] {
    return [...new Set(textsOf(spec.hosts))].filter((host) => hostFault(host, READABLE_HOSTS) === undefined);
}

/** It has its hosts and no port, so that it takes nothing from another that defines one of them. */
function refusedEntry(object: KubeObject, spec: Readonly<Record<string, unknown>>): PlacedObject | undefined {
    const hosts = readableHosts(spec);
    const exportTo = textsOf(spec.exportTo);
    return hosts.length === 0 ? undefined : {
        object: {
            apiVersion: "networking.istio.io/v1", kind: object.kind, metadata: object.metadata, spec: { hosts, ports: [], resolution: "STATIC", ...(exportTo.length > 0 ? { exportTo } : {}) },
        } as unknown as KubeObject,
        isClosed: true,
        refused: "its ServiceEntry has never been good",
    };
}

function refusedDestination(object: KubeObject, spec: Readonly<Record<string, unknown>>): PlacedObject | undefined {
    const { host } = spec;
    if (typeof host !== "string" || hostFault(host, READABLE_HOSTS) !== undefined || !mentionsTls(spec, 8)) return undefined;
    const exportTo = textsOf(spec.exportTo);
    return {
        object: {
            apiVersion: "networking.istio.io/v1", kind: object.kind, metadata: object.metadata, spec: { host, ...(exportTo.length > 0 ? { exportTo } : {}) },
        } as unknown as KubeObject,
        isClosed: true,
        refused: "its DestinationRule is not in force, and asks for TLS",
    };
}

/** In its policy, in one of a port or of a subset. */
function mentionsTls(value: unknown, depth: number): boolean {
    if (typeof value !== "object" || value === null || depth === 0) return false;
    return Object.entries(value).some(([key, inner]) => key.toLowerCase() === "tls" || mentionsTls(inner, depth - 1));
}

function textsOf(value: unknown): string[] {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.filter((one): one is string => typeof one === "string" && one !== "");
}
