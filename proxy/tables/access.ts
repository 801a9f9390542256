/**
 * Who may pass, as workers decide it: what Istio's AuthorizationPolicy and RequestAuthentication say, read and resolved.
 * Values are compared as Istio's proxy compares them; what Istio's text means is decided before it comes here.
 */
import type { BasicAuthSettings, GrpcProviderSettings, HttpProviderSettings } from "../../istio/extension-providers";
import type { Attribute, AttributeTest, AuthorizationRuleTests, TextTest, ValueTest } from "../../istio/semantics/authorization";
import type { Origin } from "./origin";

/**
 * What holds for the requests or connections of one server. Key: made of its content, so that whoever has the same shares it.
 * CUSTOM first, then the token, then AUDIT beside DENY, then ALLOW (Istio's order).
 */
export interface AccessEntry {
    readonly key: string;
    /** RequestAuthenticationEntry keys, in the order in which their rules are merged. */
    readonly authentications: readonly string[];
    /** AuthorizationPolicyEntry keys, each list in the order in which Envoy tries them. */
    readonly custom: readonly string[];
    readonly audit: readonly string[];
    readonly deny: readonly string[];
    /**
     * Of each list one policy must match; no list: everybody is let in. Servers that share a host and differ in what is for
     * them have a list each: what one of them does not allow is not let in by the other. Dry runs have lists of their own, of
     * nothing else, and such a list keeps nobody out.
     */
    readonly allow: readonly (readonly string[])[];
}

/** Key: `ns/name`. */
export interface AuthorizationPolicyEntry {
    readonly key: string;
    readonly namespace: string;
    readonly name: string;
    readonly action: "ALLOW" | "DENY" | "AUDIT" | "CUSTOM";
    /** Of CUSTOM: ExternalProviderEntry key. */
    readonly provider?: string;
    /** `istio.io/dry-run`: what it would do is told, and nothing is done. */
    readonly dryRun: boolean;
    /** Of HTTP requests. Any of them; none: the policy matches nothing. */
    readonly rules: readonly AuthorizationRuleEntry[];
    /** Of connections that are passed on as they are: the same, with what only HTTP has treated as Istio treats it on TCP. */
    readonly connectionRules: readonly AuthorizationRuleEntry[];
    readonly origin: Origin;
}

/** Rules, in the words that they are read into. */
export type AuthorizationRuleEntry = AuthorizationRuleTests;
export type AttributeTestEntry = AttributeTest;
export type AttributeEntry = Attribute;
export type TextTestEntry = TextTest;
export type ValueTestEntry = ValueTest;

/** Key: `ns/name`. */
export interface RequestAuthenticationEntry {
    readonly key: string;
    readonly rules: readonly JwtRuleEntry[];
    readonly origin: Origin;
}

export interface JwtRuleEntry {
    /** `spec.jwtRules[0]`. */
    readonly field: string;
    readonly issuer: string;
    /** Empty: any. */
    readonly audiences: readonly string[];
    /** KeySetEntry key. */
    readonly keySet: string;
    /** In the order in which a token is looked for; all that are found must be good. Header names lower-case. */
    readonly fromHeaders: readonly { readonly name: string; readonly prefix: string }[];
    readonly fromParams: readonly string[];
    readonly fromCookies: readonly string[];
    readonly forwardOriginalToken: boolean;
    /** Empty: none. */
    readonly outputPayloadToHeader: string;
    readonly outputClaimToHeaders: readonly { readonly header: string; readonly claim: readonly string[] }[];
    readonly spaceDelimitedClaims: readonly string[];
}

/** Public keys of an issuer. Key: the address they are fetched from, or made of the inline text. They travel apart: a rotation moves this alone. */
export interface KeySetEntry {
    readonly key: string;
    /** A JWK set as JSON; empty: there is none (yet), and no token is verified. */
    readonly jwks: string;
    /** Why there is none. */
    readonly why: string;
}

/** Where the primary fetches a key set. Key: that of its KeySetEntry. */
export interface KeySource {
    readonly key: string;
    /** A set, or an OpenID configuration that says where there is one. */
    readonly kind: "keys" | "discovery";
    readonly address: string;
    readonly timeoutMs: number;
}

/** What came of it. */
export interface FetchedKeySet {
    /** As in KeySetEntry: the last good ones. */
    readonly jwks: string;
    /** What went wrong the last time; empty: nothing. */
    readonly why: string;
}

/** Key: the provider's name. */
export type ExternalProviderEntry = HttpProviderEntry | GrpcProviderEntry | BasicAuthEntry | UnservedProviderEntry;

/** As it is given, but for its service, which was looked up. */
export interface HttpProviderEntry extends Omit<HttpProviderSettings, "namespace" | "host" | "port"> {
    readonly key: string;
    /** ClusterEntry key. */
    readonly cluster: string;
    /** The authority that it is asked under. */
    readonly authority: string;
    readonly origin: Origin;
}

/** The same over gRPC. */
export interface GrpcProviderEntry extends Omit<GrpcProviderSettings, "namespace" | "host" | "port"> {
    readonly key: string;
    readonly cluster: string;
    readonly authority: string;
    readonly origin: Origin;
}

/** Gatehouse's own: names and bcrypt hashes, from a Secret. The hashes travel in memory only and are shown nowhere. */
export interface BasicAuthEntry extends Omit<BasicAuthSettings, "secretName"> {
    readonly key: string;
    /** SecretEntry-like: `name:hash` lines. */
    readonly users: readonly (readonly [name: string, hash: string])[];
    readonly origin: Origin;
}

/** It is not there, or is of a kind that is not served: what asks for it is denied. */
export interface UnservedProviderEntry {
    readonly key: string;
    readonly kind: "unserved";
    readonly why: string;
    readonly origin: Origin;
}
