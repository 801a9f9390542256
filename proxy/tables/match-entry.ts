/** What is compared of a request: of a route, and of a limit. */

export type StringMatchEntry = { readonly kind: "exact" | "prefix" | "regex"; readonly value: string } | { readonly kind: "present" };

export interface RouteMatchEntry {
    /** On the path without query. `segment` is a prefix by path segment (Kubernetes Ingress). */
    readonly path?: { readonly kind: "exact" | "prefix" | "regex" | "segment"; readonly value: string; readonly ignoreCase: boolean };
    readonly scheme?: StringMatchEntry;
    readonly method?: StringMatchEntry;
    /** On the raw Host header, port included. */
    readonly authority?: StringMatchEntry;
    /** Names lower-case. `invert`: withoutHeaders; an absent header passes. */
    readonly headers: readonly { readonly name: string; readonly match: StringMatchEntry; readonly invert: boolean }[];
    readonly queryParams: readonly { readonly name: string; readonly match: StringMatchEntry }[];
    /** Of the token that was verified: `["realm_access", "roles"]`; of a list one entry. `invert`: without a token it passes. */
    readonly claims: readonly { readonly path: readonly string[]; readonly match: StringMatchEntry; readonly invert: boolean }[];
}
