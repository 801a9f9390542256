/** Who may pass: policies in the proxy's own words, and what of them is for a server. */
import type { AccessEntry, AuthorizationPolicyEntry, JwtRuleEntry, KeySource } from "../../../tables/access";
import type { ObjectPlace, Subject } from "../../context/place";
import type { PlannedServer } from "./servers";

/** Why nobody is let in. */
export interface Refusal extends ObjectPlace {
    /** As Envoy's RBAC filter names it. */
    readonly detail: string;
}

/** What holds for a server, by the keys of policies; the lists are as tables have them. */
export type PolicyLists = Omit<AccessEntry, "key">;

/** Both undefined: everybody is let in. Where nobody is, nothing else is asked. */
export interface ServerAccess {
    readonly refusal: Refusal | undefined;
    readonly access: PolicyLists | undefined;
}

/** Words that tables have for the same, but for where it was written. */
export type AuthorizationRules = Omit<AuthorizationPolicyEntry, "key" | "origin"> & { readonly subject: Subject };

/** For those who read objects, and never see tables. */
export type JwtRuleTerms = JwtRuleEntry;

/** The keys of a rule's issuer. */
export interface KeySetRule {
    /** The address that they are fetched from, or made of the text in the object. */
    readonly key: string;
    /** Where that stands. */
    readonly field: string;
    /** The text, as it was read; empty: they are fetched. */
    readonly jwks: string;
    readonly source: KeySource | undefined;
}

export interface AuthenticationRules {
    readonly subject: Subject;
    readonly rules: readonly JwtRuleTerms[];
    /** Of each rule. */
    readonly keySets: readonly KeySetRule[];
}

/** Objects that say who may pass. What is asked is read through the graph. */
export interface AccessSource {
    accessOf(server: PlannedServer): ServerAccess;
    /** Of a key that `accessOf` has named. */
    authorization(key: string): AuthorizationRules | undefined;
    authentication(key: string): AuthenticationRules | undefined;
}
