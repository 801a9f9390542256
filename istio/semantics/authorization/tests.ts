/**
 * What a rule of an AuthorizationPolicy compares, in words that need no knowledge of Istio's texts: values are compared as Istio's
 * proxy compares them.
 */

/** One of `from`, one of `to` and all of `when` hold; an empty list demands nothing. */
export interface AuthorizationRuleTests {
    /** `spec.rules[0]`. */
    readonly field: string;
    /** Its place among the policy's rules, by which Envoy names it: `ns[shop]-policy[deny]-rule[0]`. */
    readonly index: number;
    /** Each: all tests hold. */
    readonly from: readonly (readonly AttributeTest[])[];
    readonly to: readonly (readonly AttributeTest[])[];
    readonly when: readonly AttributeTest[];
}

/** One of `values` (where there are any) and none of `notValues` fits what the request or connection has. */
export interface AttributeTest {
    readonly attribute: Attribute;
    readonly values: readonly ValueTest[];
    readonly notValues: readonly ValueTest[];
    /** For explain: `from[0].source.ipBlocks`, `when[1]`, below the rule's field. Of a test with both, the field of `values`. */
    readonly field: string;
}

/**
 * What is looked at. Some have several values at once (the names in a client certificate, the entries of a list claim, the
 * lines of a repeated header): a test fits where one of them does. Absent: no value at all.
 */
export type Attribute =
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
    /** What this proxy never has. */
    | { readonly kind: "nothing"; readonly name: string };

export type TextTest =
    | { readonly kind: "exact" | "prefix" | "suffix"; readonly value: string; readonly ignoreCase: boolean }
    /** At least one value that is not empty; of a header one at all, be it empty. */
    | { readonly kind: "present" };

export type ValueTest =
    | TextTest
    /** Each half by itself: an issuer may have slashes, and so may a subject. */
    | { readonly kind: "principal"; readonly issuer: TextTest; readonly subject: TextTest }
    /** RE2, of the whole value. */
    | { readonly kind: "regex"; readonly value: string }
    /** A path template of Envoy's (`/files/{**}`), as written; checked beforehand. */
    | { readonly kind: "template"; readonly value: string }
    | { readonly kind: "network"; readonly address: string; readonly length: number }
    | { readonly kind: "port"; readonly value: number };
