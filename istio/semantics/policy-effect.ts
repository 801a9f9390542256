/**
 * What a policy does to the requests of the gateway that it is for, as far as that can be said without a request. Only what
 * provably lets every request pass is none; whatever else cannot be read restricts.
 */
import { goBool } from "../go-bool";
import type { Kind, KubeObject } from "../types";
import { portsOf } from "./policy-ports";
import { isRecord } from "../validation/outline";

export type PolicyKind = Extract<
    Kind,
    "AuthorizationPolicy" | "RequestAuthentication" | "WasmPlugin" | "TrafficExtension" | "EnvoyFilter" | "ProxyConfig"
>;

/** `reason` completes: it restricts nothing, because … */
export type PolicyEffect =
    /** Nobody is let in: it is not evaluated. */
    | { readonly kind: "restricts" }
    /** It is evaluated, request by request and connection by connection. */
    | { readonly kind: "decides" }
    /** It changes what the proxy does, and keeps nobody out as far as its kind says. */
    | { readonly kind: "extends" }
    /** Settings of the process. */
    | { readonly kind: "settings" }
    | { readonly kind: "none"; readonly reason: string };

/** Every kind that a policy may be of. */
export const POLICY_KINDS: readonly PolicyKind[] = [
    "AuthorizationPolicy",
    "RequestAuthentication",
    "WasmPlugin",
    "TrafficExtension",
    "EnvoyFilter",
    "ProxyConfig",
];
/** Those of which an object that cannot be read must count as one that restricts. */
const RESTRICTING_KINDS: readonly PolicyKind[] = ["AuthorizationPolicy", "RequestAuthentication", "WasmPlugin", "TrafficExtension"];

export function isPolicyKind(kind: string): kind is PolicyKind {
    return (POLICY_KINDS as readonly string[]).includes(kind);
}

export function isRestrictingKind(kind: string): boolean {
    return (RESTRICTING_KINDS as readonly string[]).includes(kind);
}

/** Kinds of which a bad object refuses what it is about. */
const CLOSING_KINDS: readonly Kind[] = [...RESTRICTING_KINDS, "VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar"];

/** Which of them an object means, however its kind and group are written; undefined: none of Istio's. */
export function meantKind({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): Kind | undefined {
    const slash = typeof apiVersion === "string" ? apiVersion.indexOf("/") : -1;
    // Other products have kinds of the same names.
    const isForeign = slash > 0 && !/(^|\.)istio\.io$/i.test(apiVersion.slice(0, slash));
    return isForeign || typeof kind !== "string" ? undefined : CLOSING_KINDS.find((one) => one.toLowerCase() === kind.toLowerCase());
}

const RESTRICTS: PolicyEffect = { kind: "restricts" };
const DECIDES: PolicyEffect = { kind: "decides" };
const EXTENDS: PolicyEffect = { kind: "extends" };

export function effectOf(object: KubeObject): PolicyEffect {
    const value = (object as { readonly spec?: unknown }).spec ?? {};
    const spec = isRecord(value) ? value : undefined;
    switch (object.kind as PolicyKind) {
        case "AuthorizationPolicy":
            return authorization(object, spec);
        case "RequestAuthentication":
            return authentication(spec);
        case "WasmPlugin":
            return plugin(object, byPhase(spec, "UNSPECIFIED_PHASE"));
        case "TrafficExtension":
            return plugin(object, byPhase(spec, "UNSPECIFIED"));
        case "EnvoyFilter":
            return forGateways(spec) ? EXTENDS : { kind: "none", reason: "none of its patches is for gateways" };
        case "ProxyConfig":
            return { kind: "settings" };
        default:
            return RESTRICTS;
    }
}

type Spec = Readonly<Record<string, unknown>> | undefined;

function authorization({ metadata }: KubeObject, spec: Spec): PolicyEffect {
    const annotations: unknown = isRecord(metadata) ? metadata.annotations : undefined;
    const dryRun = isRecord(annotations) ? annotations["istio.io/dry-run"] : undefined;
    if (typeof dryRun === "string" && goBool(dryRun)) {
        return { kind: "none", reason: "it is annotated `istio.io/dry-run`" };
    }
    if (spec === undefined) {
        return RESTRICTS;
    }
    const { action, rules } = spec;
    const isEmpty = rules === undefined || rules === null || (Array.isArray(rules) && rules.length === 0);
    if (action === "AUDIT") {
        return { kind: "none", reason: "AUDIT only marks requests" };
    }
    if ((action === "DENY" || action === "CUSTOM") && isEmpty) {
        return { kind: "none", reason: `${action} without rules is never triggered` };
    }
    // `{}` alone: a rule with an empty list in it is none that Istio takes.
    const admitsAll = Array.isArray(rules) && rules.some((rule: unknown) => isRecord(rule) && Object.keys(rule).length === 0);
    if ((action === undefined || action === null || action === "ALLOW") && admitsAll) {
        return { kind: "none", reason: "it allows every request" };
    }
    return action === undefined || action === null || action === "ALLOW" || action === "DENY" || action === "CUSTOM" ? DECIDES : RESTRICTS;
}

function authentication(spec: Spec): PolicyEffect {
    const rules = spec === undefined ? "?" : (spec.jwtRules ?? []);
    if (!Array.isArray(rules)) {
        return RESTRICTS;
    }
    return rules.length === 0 ? { kind: "none", reason: "it has no `jwtRules`" } : DECIDES;
}

function plugin(object: KubeObject, effect: PolicyEffect): PolicyEffect {
    return portsOf(object)?.length === 0
        ? { kind: "none", reason: "its `match` is for servers (`mode: SERVER`), and a gateway is a client" }
        : effect;
}

function byPhase(spec: Spec, unspecified: string): PolicyEffect {
    const phase = spec === undefined ? "?" : (spec.phase ?? unspecified);
    return phase === unspecified || phase === "STATS" ? EXTENDS : RESTRICTS;
}

function forGateways(spec: Spec): boolean {
    const patches = spec?.configPatches ?? [];
    if (!Array.isArray(patches)) {
        return true;
    }
    return patches.some((patch: unknown) => {
        const match = isRecord(patch) && isRecord(patch.match) ? patch.match : {};
        return !["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "WAYPOINT"].includes(String(match.context ?? "ANY"));
    });
}
