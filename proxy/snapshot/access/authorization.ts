/** AuthorizationPolicies that say by themselves who may pass, bound: for requests, and for connections that are passed on. */
import type { AuthorizationPolicyEntry, ExternalProviderEntry } from "../../tables";
import { bindPolicy, headersIn, type BoundPolicy, type BoundRule } from "./policy-rules";
import { bindRuleSet, type RuleSet } from "./rule-set";

export interface BoundAuthorization {
    readonly requests: BoundDecision;
    /** The headers that rules look at. */
    readonly headers: ReadonlySet<string>;
}

/** Undefined, and no list: there is no such policy. */
export interface BoundDecision {
    /** Rules of dry runs and of AUDIT decide nothing. */
    readonly audit: RuleSet | undefined;
    readonly dryDeny: RuleSet | undefined;
    readonly deny: RuleSet | undefined;
    /** A rule of each is to hold. */
    readonly dryAllow: readonly RuleSet[];
    readonly allow: readonly RuleSet[];
}

type Entries = readonly AuthorizationPolicyEntry[];

/** Undefined: everybody is let in, and nothing is told. */
export function bindAuthorization(audit: Entries, deny: Entries, allow: readonly Entries[]): BoundAuthorization | undefined {
    const requests = bindDecision(audit, deny, allow, ({ rules }) => rules);
    if (requests === undefined) return undefined;
    return { requests, headers: headersIn([...audit, ...deny, ...allow.flat()].flatMap((entry) => bindPolicy(entry).rules)) };
}

/**
 * Nobody is asked about a connection: of CUSTOM policies those of HTTP are not about it (as in Istio), and those whose provider
 * is not there, or is one of requests here alone, let nobody in.
 */
export function bindConnections(
    custom: Entries,
    audit: Entries,
    deny: Entries,
    allow: readonly Entries[],
    providers: ReadonlyMap<string, ExternalProviderEntry>,
): BoundDecision | undefined {
    const closed = custom.filter(({ provider }) => providers.get(provider ?? "")?.kind !== "http");
    return bindDecision(audit, [...closed, ...deny], allow, ({ connectionRules }) => connectionRules);
}

function bindDecision(
    audit: Entries,
    deny: Entries,
    allow: readonly Entries[],
    rulesOf: (policy: BoundPolicy) => readonly BoundRule[],
): BoundDecision | undefined {
    if (audit.length === 0 && deny.length === 0 && allow.length === 0) return undefined;
    const [denies, allows] = [deny.map(bindPolicy), allow.map((list) => list.map(bindPolicy))];
    return {
        // A dry run of what only tells is one that tells nothing more.
        audit: setOf(audit.map(bindPolicy), rulesOf),
        dryDeny: setOf(denies.filter(isDry), rulesOf),
        deny: setOf(denies.filter(isEnforced), rulesOf),
        dryAllow: allows.filter(isDryList).map((list) => bindRuleSet(list.flatMap(rulesOf))),
        allow: allows.filter((list) => !isDryList(list)).map((list) => bindRuleSet(list.filter(isEnforced).flatMap(rulesOf))),
    };
}

function isDry({ entry }: BoundPolicy): boolean {
    return entry.dryRun;
}

function isEnforced({ entry }: BoundPolicy): boolean {
    return !entry.dryRun;
}

/** A list without any policy lets nobody in. */
function isDryList(list: readonly BoundPolicy[]): boolean {
    return list.length > 0 && list.every(isDry);
}

function setOf(policies: readonly BoundPolicy[], rulesOf: (policy: BoundPolicy) => readonly BoundRule[]): RuleSet | undefined {
    const rules = policies.flatMap(rulesOf);
    return rules.length === 0 ? undefined : bindRuleSet(rules);
}
