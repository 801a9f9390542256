/**
 * Istio's kinds that say who may pass, and those that change a proxy from inside: security.istio.io, extensions.istio.io,
 * and of networking.istio.io EnvoyFilter and ProxyConfig. The parts that somebody here reads have a type.
 */
import type { KubeObject, SpecObject } from "./object";

export interface PolicyTargetReference {
    readonly group?: string;
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
}

/** How a policy says for whom it is; nothing said means its whole namespace. */
export interface PolicyAttachment {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetRef?: PolicyTargetReference;
    readonly targetRefs?: readonly PolicyTargetReference[];
}

/** A kind whose CRD lets `spec` be absent, which says as much as an empty one. */
interface OptionalSpecObject<K extends string, S> extends KubeObject {
    readonly kind: K;
    readonly spec?: S;
}

export interface AuthorizationSource {
    readonly principals?: readonly string[];
    readonly notPrincipals?: readonly string[];
    readonly requestPrincipals?: readonly string[];
    readonly notRequestPrincipals?: readonly string[];
    readonly namespaces?: readonly string[];
    readonly notNamespaces?: readonly string[];
    readonly ipBlocks?: readonly string[];
    readonly notIpBlocks?: readonly string[];
    readonly remoteIpBlocks?: readonly string[];
    readonly notRemoteIpBlocks?: readonly string[];
    readonly serviceAccounts?: readonly string[];
    readonly notServiceAccounts?: readonly string[];
    readonly trustDomains?: readonly string[];
    readonly notTrustDomains?: readonly string[];
}
export interface AuthorizationOperation {
    readonly hosts?: readonly string[];
    readonly notHosts?: readonly string[];
    readonly ports?: readonly string[];
    readonly notPorts?: readonly string[];
    readonly methods?: readonly string[];
    readonly notMethods?: readonly string[];
    readonly paths?: readonly string[];
    readonly notPaths?: readonly string[];
}
export interface AuthorizationCondition {
    readonly key: string;
    readonly values?: readonly string[];
    readonly notValues?: readonly string[];
}
export interface AuthorizationRule {
    readonly from?: readonly { readonly source?: AuthorizationSource }[];
    readonly to?: readonly { readonly operation?: AuthorizationOperation }[];
    readonly when?: readonly AuthorizationCondition[];
}
export interface AuthorizationPolicy extends PolicyAttachment {
    /** ALLOW where nothing is said. */
    readonly action?: "ALLOW" | "DENY" | "AUDIT" | "CUSTOM";
    readonly rules?: readonly AuthorizationRule[];
    readonly provider?: { readonly name?: string };
}

export interface JwtRule {
    readonly issuer?: string;
    readonly audiences?: readonly string[];
    readonly jwksUri?: string;
    readonly jwks_uri?: string;
    readonly jwks?: string;
    readonly fromHeaders?: readonly { readonly name: string; readonly prefix?: string }[];
    readonly fromParams?: readonly string[];
    readonly fromCookies?: readonly string[];
    readonly outputPayloadToHeader?: string;
    readonly forwardOriginalToken?: boolean;
    readonly outputClaimToHeaders?: readonly { readonly header: string; readonly claim: string }[];
    readonly spaceDelimitedClaims?: readonly string[];
    readonly timeout?: string;
}
export interface RequestAuthentication extends PolicyAttachment {
    readonly jwtRules?: readonly JwtRule[];
}

export interface TrafficSelector {
    readonly mode?: "UNDEFINED" | "CLIENT" | "SERVER" | "CLIENT_AND_SERVER";
    readonly ports?: readonly { readonly number: number }[];
}
interface WasmModule {
    readonly url: string;
    readonly sha256?: string;
    readonly imagePullPolicy?: string;
    readonly imagePullSecret?: string;
    readonly verificationKey?: string;
    readonly pluginConfig?: unknown;
    readonly pluginName?: string;
    readonly failStrategy?: string;
    readonly vmConfig?: { readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: string }[] };
    readonly type?: string;
}
export interface WasmPlugin extends PolicyAttachment, WasmModule {
    readonly phase?: "UNSPECIFIED_PHASE" | "AUTHN" | "AUTHZ" | "STATS";
    readonly priority?: number;
    readonly match?: readonly TrafficSelector[];
}
export interface TrafficExtension extends Omit<PolicyAttachment, "targetRef"> {
    readonly phase?: "UNSPECIFIED" | "AUTHN" | "AUTHZ" | "STATS";
    readonly priority?: number;
    readonly match?: readonly TrafficSelector[];
    readonly wasm?: WasmModule;
    readonly lua?: { readonly inlineCode: string };
}

export interface EnvoyFilterPatch {
    readonly applyTo?: string;
    readonly match?: Readonly<Record<string, unknown>>;
    readonly patch?: { readonly operation?: string; readonly value?: unknown; readonly filterClass?: string };
}
export interface EnvoyFilter {
    readonly workloadSelector?: { readonly labels?: Readonly<Record<string, string>> };
    readonly targetRefs?: readonly PolicyTargetReference[];
    readonly configPatches?: readonly EnvoyFilterPatch[];
    readonly priority?: number;
}

export interface ProxyConfig {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly concurrency?: number;
    readonly environmentVariables?: Readonly<Record<string, string>>;
    readonly image?: { readonly imageType?: string };
}

export type AuthorizationPolicyObject = OptionalSpecObject<"AuthorizationPolicy", AuthorizationPolicy>;
export type RequestAuthenticationObject = OptionalSpecObject<"RequestAuthentication", RequestAuthentication>;
export type WasmPluginObject = SpecObject<"WasmPlugin", WasmPlugin>;
export type TrafficExtensionObject = SpecObject<"TrafficExtension", TrafficExtension>;
export type EnvoyFilterObject = OptionalSpecObject<"EnvoyFilter", EnvoyFilter>;
export type ProxyConfigObject = OptionalSpecObject<"ProxyConfig", ProxyConfig>;
