/**
 * Who may pass, as workers decide it: what Istio's AuthorizationPolicy and RequestAuthentication say, read and resolved.
 * Values are compared as Istio's proxy compares them; what Istio's text means is decided before it comes here.
 */
import type { Origin } from "./origin";

/**
 * What holds for the requests or connections of one server. Key: made of its content, so that whoever has the same shares it.
 * Token first, then CUSTOM, then AUDIT beside DENY, then ALLOW (Istio's order).
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

/** One of `from`, one of `to` and all of `when` hold; an empty list demands nothing. */
export interface AuthorizationRuleEntry {
    /** `spec.rules[0]`. */
    readonly field: string;
    /** Its place among the policy's rules, by which Envoy names it: `ns[shop]-policy[deny]-rule[0]`. */
    readonly index: number;
    /** Each: all tests hold. */
    readonly from: readonly (readonly AttributeTestEntry[])[];
    readonly to: readonly (readonly AttributeTestEntry[])[];
    readonly when: readonly AttributeTestEntry[];
}

/** One of `values` (where there are any) and none of `notValues` fits what the request or connection has. */
export interface AttributeTestEntry {
    readonly attribute: AttributeEntry;
    readonly values: readonly ValueTestEntry[];
    readonly notValues: readonly ValueTestEntry[];
    /** For explain: `from[0].source.ipBlocks`, `when[1]`, below the rule's field. Of a test with both, the field of `values`. */
    readonly field: string;
}

/**
 * What is looked at. Some have several values at once (the names in a client certificate, the entries of a list claim, the
 * lines of a repeated header): a test fits where one of them does. Absent: no value at all.
 */
export type AttributeEntry =
    /** The connection's peer (`ipBlocks`, `source.ip`). */
    | { readonly kind: "source-address" }
    /** The client behind trusted hops (`remoteIpBlocks`, `remote.ip`). */
    | { readonly kind: "remote-address" }
    /** URI SANs of a verified client certificate. To be `present` a certificate needs none; without one there is no value. */
    | { readonly kind: "source-principal" }
    | { readonly kind: "destination-address" }
    | { readonly kind: "destination-port" }
    | { readonly kind: "server-name" }
    /** The authority as it came, port included. */
    | { readonly kind: "host" }
    | { readonly kind: "method" }
    /** Normalised, without query and fragment. */
    | { readonly kind: "path" }
    /** Name lower-case. `:path` is the normalised path with its query, `:scheme` the request's; `host`, `:authority` and `:method` are other kinds. */
    | { readonly kind: "header"; readonly name: string }
    /** The claims `iss` and `sub` of the verified token, where both are texts. Its values are of kind `principal`. */
    | { readonly kind: "request-principal" }
    | { readonly kind: "audiences" }
    /** The claim `azp`. */
    | { readonly kind: "presenter" }
    /** Of the verified token: `["realm_access", "roles"]`. */
    | { readonly kind: "claim"; readonly path: readonly string[] }
    /** What this proxy never has: filter metadata of Envoy. */
    | { readonly kind: "nothing"; readonly name: string };

export type TextTestEntry =
    | { readonly kind: "exact" | "prefix" | "suffix"; readonly value: string; readonly ignoreCase: boolean }
    /** At least one value that is not empty; of a header one at all, be it empty. */
    | { readonly kind: "present" };

export type ValueTestEntry =
    | TextTestEntry
    /** Each half by itself: an issuer may have slashes, and so may a subject. */
    | { readonly kind: "principal"; readonly issuer: TextTestEntry; readonly subject: TextTestEntry }
    /** RE2, of the whole value. */
    | { readonly kind: "regex"; readonly value: string }
    /** A path template of Envoy's (`/files/{**}`), as written; checked beforehand. */
    | { readonly kind: "template"; readonly value: string }
    | { readonly kind: "network"; readonly address: string; readonly length: number }
    | { readonly kind: "port"; readonly value: number };

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

/** Key: the provider's name. */
export type ExternalProviderEntry = HttpProviderEntry | BasicAuthEntry | UnservedProviderEntry;

export interface HttpProviderEntry {
    readonly key: string;
    readonly kind: "http";
    /** ClusterEntry key. */
    readonly cluster: string;
    /** The authority that it is asked under. */
    readonly authority: string;
    readonly timeoutMs: number;
    readonly pathPrefix: string;
    readonly failOpen: boolean;
    readonly statusOnError: number;
    /** Patterns of header names, as Istio has them: exact, `prefix*`, `*suffix`. Lower-case. */
    readonly includeRequestHeaders: readonly string[];
    readonly includeAdditionalHeaders: readonly (readonly [name: string, value: string])[];
    readonly body?: { readonly maxBytes: number; readonly allowPartial: boolean };
    readonly headersToUpstreamOnAllow: readonly string[];
    readonly headersToDownstreamOnAllow: readonly string[];
    readonly headersToDownstreamOnDeny: readonly string[];
    readonly clearRouteCache: boolean;
    readonly origin: Origin;
}

/** Gatehouse's own: names and bcrypt hashes, from a Secret. The hashes travel in memory only and are shown nowhere. */
export interface BasicAuthEntry {
    readonly key: string;
    readonly kind: "basic-auth";
    readonly realm: string;
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
