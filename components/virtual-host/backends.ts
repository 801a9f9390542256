/**
 * How the gateway deals with a host's backends: a DestinationRule for each, seen by the gateway's namespace alone, that keeps a client
 * with one endpoint by a cookie, or has endpoints asked whether they are well.
 */
import type { DestinationRule } from "../../istio";
import {
    derivedNames,
    istioCandidate,
    labelsWith,
    mentionsUnknown,
    OBJECT_NAME,
    routingMetadata,
    slug,
    type Candidate,
    type Made,
    type ObjectName,
    type Setting,
} from "../arguments";
import { resolveDestination, type DestinationData } from "../destination";
import { gatewayText } from "../gateway";
import { healthCheckAnnotations } from "../health-check";
import { tlsUse, type VirtualHostData, type VirtualHostPlan } from "./plan";
import type { StickyCookieArgs } from "./schema";

/** A destination that stands for itself and all that lead to the same. */
export interface HostBackend {
    /** Of the component's children and objects; of a host that is known later its place. */
    readonly piece: string;
    readonly list: "http" | "grpc";
    readonly rule: number;
    readonly place: number;
}

export const backendPath = ({ list, rule, place }: Pick<HostBackend, "list" | "rule" | "place">): string =>
    `${list}[${rule}].route[${place}].destination`;

interface Routes {
    readonly http?: readonly { readonly route?: readonly { readonly destination: unknown }[] }[];
    readonly grpc?: readonly { readonly route?: readonly { readonly destination: unknown }[] }[];
}

const isList = (value: unknown): value is readonly { readonly destination: unknown }[] => Array.isArray(value);

export function placesOf(routes: Routes): readonly (Omit<HostBackend, "piece"> & { readonly destination: unknown })[] {
    return (["http", "grpc"] as const).flatMap((list) =>
        (routes[list] ?? []).flatMap((one, rule) => {
            const to: unknown = (one as { readonly route?: unknown } | null)?.route;
            return isList(to) ? to.map(({ destination }, place) => ({ list, rule, place, destination })) : [];
        }),
    );
}

export function asksOfBackends({ stickyCookie, healthCheck }: Pick<VirtualHostData, "stickyCookie" | "healthCheck">): boolean {
    return (stickyCookie !== undefined && stickyCookie !== false) || healthCheck !== undefined;
}

function hostOf(destination: unknown, namespace: string): string {
    return resolveDestination(destination as DestinationData, namespace, "", []).host;
}

/** The Service of a destination, by which it is the same as another while its name is not known. */
function identityOf(destination: unknown): unknown {
    return typeof destination === "object" && destination !== null && "service" in destination ? destination.service : destination;
}

/** One for each host; `given` are the arguments as the program gave them, `plan` is of what of them is known. */
export function backendsOf(plan: VirtualHostPlan, given: Routes): HostBackend[] {
    if (!asksOfBackends(plan.args)) return [];
    const raw = placesOf(given);
    const seen = new Set<unknown>();
    return placesOf(plan.args).flatMap(({ list, rule, place, destination }, index): HostBackend[] => {
        const host = hostOf(destination, plan.namespace);
        const known = !mentionsUnknown(host);
        const key = known ? host : identityOf(raw[index]?.destination);
        if (seen.has(key)) return [];
        seen.add(key);
        return [{ piece: known ? slug(host) : `${list}-${rule}-${place}`, list, rule, place }];
    });
}

const nameOf = (plan: VirtualHostPlan, { piece }: HostBackend): string =>
    derivedNames([piece], (text) => `${plan.name}-${text}`, OBJECT_NAME)[0] as string;

/** As Envoy issues it: without a time it is the browser's session's. */
function cookieOf(plan: VirtualHostPlan): HTTPCookie | undefined {
    const { stickyCookie } = plan.args;
    if (stickyCookie === undefined || stickyCookie === false) return undefined;
    const { name = "sticky", ttl = "0s", path = "/", sameSite = "Lax" }: StickyData = stickyCookie === true ? {} : stickyCookie;
    const secure = tlsUse(plan) === "only";
    const attributes = [{ name: "SameSite", value: sameSite }, ...(secure || sameSite === "None" ? [{ name: "Secure" }] : [])];
    return { name, path, ttl, attributes };
}

/** Istio's. */
interface HTTPCookie {
    readonly name: string;
    readonly path: string;
    readonly ttl: string;
    readonly attributes: readonly { readonly name: string; readonly value?: string }[];
}

type StickyData = { readonly [K in keyof StickyCookieArgs]: string };

export function buildBackendRule(plan: VirtualHostPlan, backend: HostBackend): Made<DestinationRule> {
    const { args, name, namespace } = plan;
    const { list, rule, place } = backend;
    const found = args[list]?.[rule]?.route?.[place]?.destination;
    const httpCookie = cookieOf(plan);
    const metadata = routingMetadata("virtual-host", name, args.gateway.namespace, args.metadata, nameOf(plan, backend));
    const annotations = labelsWith(metadata.annotations, healthCheckAnnotations(args.healthCheck));
    return {
        metadata: { ...metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
        spec: {
            host: hostOf(found, namespace),
            trafficPolicy: httpCookie ? { loadBalancer: { consistentHash: { httpCookie } } } : {},
            exportTo: ["."],
        },
    };
}

export function backendCandidates(plan: VirtualHostPlan): Candidate[] {
    return backendsOf(plan, plan.args).map((backend) =>
        istioCandidate("DestinationRule", buildBackendRule(plan, backend), [
            ["spec.trafficPolicy.loadBalancer.consistentHash.httpCookie", "stickyCookie"],
            ["spec.host", backendPath(backend)],
        ]),
    );
}

/** Hosts that are not known yet are not among them. */
function knownBackends(plan: VirtualHostPlan): { readonly backend: HostBackend; readonly host: string }[] {
    return backendsOf(plan, plan.args).flatMap((backend) => {
        const { host } = buildBackendRule(plan, backend).spec;
        return mentionsUnknown(host) ? [] : [{ backend, host }];
    });
}

export function backendNames(plan: VirtualHostPlan, path: string): ObjectName[] {
    return knownBackends(plan).map(({ backend }) => ({
        kind: "DestinationRule",
        namespace: plan.args.gateway.namespace,
        name: nameOf(plan, backend),
        path,
    }));
}

/** For a gateway there is one rule for a host: of two that differ Istio would take the older. */
export function backendSettings(plan: VirtualHostPlan): Setting[] {
    const { gateway, healthCheck, stickyCookie } = plan.args;
    return knownBackends(plan).map(({ backend, host }) => ({
        key: `backend ${gatewayText(gateway)} ${host}`,
        path: stickyCookie === undefined ? "healthCheck" : "stickyCookie",
        what: `how the gateway ${gatewayText(gateway)} deals with ${host}, to which ${backendPath(backend)} leads`,
        value: JSON.stringify([cookieOf(plan), healthCheck]),
    }));
}
