/**
 * Objects that have never been good and restrict all the same. What a VirtualService's rules forbid must not be let in, so
 * that its hosts are refused rather than left to the rules of a wildcard: as far as its hosts and Gateways can be read.
 * What a DestinationRule wants encrypted must not go out in the clear, so that its host has no backend. What a Gateway asks
 * of clients is not to be got round by a wildcard of another, so that its TLS hosts accept no handshake. What is meant for
 * the hosts of a ServiceEntry is not to go where a wildcard's endpoints are. What a Sidecar keeps an application from it
 * does not reach, so that whom one is for reaches nothing.
 */
import { hostFault } from "../../istio/hosts";
import type { KubeObject } from "../../istio/types";
import { isRecord } from "../../istio/validation";
import type { PlacedObject } from "./placed-object";
import { READABLE_HOSTS, refusedGateway } from "./refused-gateway";

/** Undefined: an object of another kind, or of which nothing counts: it is absent without a good version. */
export function refusedObject(object: KubeObject): PlacedObject | undefined {
    const { kind, metadata } = object;
    const given = (object as { readonly spec?: unknown }).spec;
    const spec = refusedSpec(kind, isRecord(given) ? given : {});
    const isForAnyPod = kind === "Sidecar" && (!isRecord(given) || !isReadableSelector(given));
    return (
        spec && {
            object: { apiVersion: "networking.istio.io/v1", kind, metadata, spec } as unknown as KubeObject,
            isClosed: true,
            ...(kind === "Sidecar" ? {} : { refused: whyRefused(kind) }),
            ...(isForAnyPod ? { isForAnyPod } : {}),
        }
    );
}

function whyRefused(kind: string): string {
    return kind === "DestinationRule" ? "its DestinationRule is not in force, and asks for TLS" : `its ${kind} has never been good`;
}

function refusedSpec(kind: string, spec: Readonly<Record<string, unknown>>): object | undefined {
    switch (kind) {
        case "VirtualService":
            return { hosts: readableHosts(spec), ...textsAt(spec, "gateways"), ...textsAt(spec, "exportTo") };
        case "DestinationRule":
            return refusedDestination(spec);
        case "Gateway":
            return refusedGateway(spec);
        case "ServiceEntry":
            return refusedEntry(spec);
        case "Sidecar":
            return {
                ...(isReadableSelector(spec) && spec.workloadSelector ? { workloadSelector: spec.workloadSelector } : {}),
                egress: [{ hosts: ["~/*"] }],
                outboundTrafficPolicy: { mode: "REGISTRY_ONLY" },
            };
        default:
            return undefined;
    }
}

/** Whom a Sidecar is for: its namespace, or pods of it by labels that are texts. */
function isReadableSelector({ workloadSelector: selector }: Readonly<Record<string, unknown>>): boolean {
    if (selector === undefined || selector === null) return true;
    if (!isRecord(selector) || Object.keys(selector).some((field) => field !== "labels")) return false;
    const { labels } = selector;
    if (labels === undefined || labels === null) return true;
    return isRecord(labels) && Object.values(labels).every((one) => typeof one === "string");
}

function readableHosts(spec: Readonly<Record<string, unknown>>): string[] {
    return [...new Set(textsOf(spec.hosts))].filter((host) => hostFault(host, READABLE_HOSTS) === undefined);
}

/** It has its hosts and no port, so that it takes nothing from another that defines one of them. */
function refusedEntry(spec: Readonly<Record<string, unknown>>): object | undefined {
    const hosts = readableHosts(spec);
    return hosts.length === 0 ? undefined : { hosts, ports: [], resolution: "STATIC", ...textsAt(spec, "exportTo") };
}

function refusedDestination(spec: Readonly<Record<string, unknown>>): object | undefined {
    const { host } = spec;
    if (typeof host !== "string" || hostFault(host, READABLE_HOSTS) !== undefined || !mentionsTls(spec, 8)) return undefined;
    return { host, ...textsAt(spec, "exportTo") };
}

/** In its policy, in one of a port or of a subset. */
function mentionsTls(value: unknown, depth: number): boolean {
    if (typeof value !== "object" || value === null || depth === 0) return false;
    return Object.entries(value).some(([key, inner]) => key.toLowerCase() === "tls" || mentionsTls(inner, depth - 1));
}

/** The field, where it has a text. */
function textsAt(spec: Readonly<Record<string, unknown>>, field: string): Readonly<Record<string, readonly string[]>> {
    const texts = textsOf(spec[field]);
    return texts.length > 0 ? { [field]: texts } : {};
}

function textsOf(value: unknown): string[] {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.filter((one): one is string => typeof one === "string" && one !== "");
}
