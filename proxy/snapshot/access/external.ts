/** CUSTOM policies with who decides, bound: the providers in the order in which they are asked, each with the rules it is asked for. */
import { hasControl, wireText } from "../../../istio/wire-text";
import { parseTemplate } from "../../../istio/semantics/value-template";
import type {
    AuthorizationPolicyEntry,
    BasicAuthEntry,
    ExternalProviderEntry,
    GrpcProviderEntry,
    HttpProviderEntry,
    UnservedProviderEntry,
} from "../../tables";
import type { HeaderValue } from "../features/header-ops";
import { bindOnce, NOWHERE } from "./part-fault";
import { bindPolicy, headersIn } from "./policy-rules";
import { bindRuleSet, type RuleSet } from "./rule-set";

export interface BoundExternal {
    readonly questions: readonly BoundQuestion[];
    /** The headers that rules look at, and that providers say to backends. */
    readonly headers: ReadonlySet<string>;
}

/** A provider, and what it is asked about. */
export interface BoundQuestion {
    readonly provider: BoundProvider;
    readonly rules: RuleSet;
}

export type BoundProvider = BoundHttpProvider | BoundGrpcProvider | BoundPasswords | UnservedProviderEntry;

export interface BoundHttpProvider {
    readonly kind: "http";
    readonly entry: HttpProviderEntry;
    readonly requestHeaders: NamePatterns;
    readonly additionalHeaders: readonly HeaderValue[];
    readonly toUpstream: NamePatterns;
    readonly toDownstreamOnAllow: NamePatterns;
    /** Undefined: all. */
    readonly toDownstreamOnDeny: NamePatterns | undefined;
}

export interface BoundGrpcProvider {
    readonly kind: "grpc";
    readonly entry: GrpcProviderEntry;
}

export interface BoundPasswords {
    readonly kind: "basic-auth";
    readonly entry: BasicAuthEntry;
    readonly users: ReadonlyMap<string, string>;
    /** The answer's `www-authenticate`. */
    readonly challenge: string;
}

/** Names of headers, lower-case. */
export interface NamePatterns {
    readonly exact: ReadonlySet<string>;
    readonly prefixes: readonly string[];
    readonly suffixes: readonly string[];
}

/** Undefined: nobody else is asked. A dry run of a question is none (istiod). */
export function bindExternal(
    policies: readonly AuthorizationPolicyEntry[],
    providers: ReadonlyMap<string, ExternalProviderEntry>,
): BoundExternal | undefined {
    const asking = policies.filter(({ dryRun }) => !dryRun);
    if (asking.length === 0) return undefined;
    const names = [...new Set(asking.map(({ provider = "" }) => provider))];
    const questions = names.map((name): BoundQuestion => {
        const rules = asking.filter(({ provider = "" }) => provider === name).flatMap((policy) => bindPolicy(policy).rules);
        return { provider: providerOf(providers.get(name), name, asking), rules: bindRuleSet(rules) };
    });
    const said = questions.flatMap(({ provider }) => saidToBackends(provider));
    return { questions, headers: new Set([...questions.flatMap(({ rules }) => [...headersIn(rules.rules)]), ...said]) };
}

function providerOf(entry: ExternalProviderEntry | undefined, name: string, [policy]: readonly AuthorizationPolicyEntry[]): BoundProvider {
    if (entry !== undefined) return bindProvider(entry);
    return { key: name, kind: "unserved", why: "there is no such provider", origin: policy?.origin ?? NOWHERE };
}

function saidToBackends(provider: BoundProvider): readonly string[] {
    switch (provider.kind) {
        case "http":
            return [...provider.toUpstream.exact];
        case "basic-auth":
            return provider.entry.userHeader === "" ? [] : [provider.entry.userHeader];
        // What it says is known when it says it.
        case "grpc":
        case "unserved":
            return [];
        default:
            return provider satisfies never;
    }
}

const bindProvider = bindOnce<ExternalProviderEntry, BoundProvider>("providers", (entry) => {
    switch (entry.kind) {
        case "http":
            return {
                kind: "http",
                entry,
                requestHeaders: bindPatterns([...entry.includeRequestHeaders, "authorization"]),
                additionalHeaders: entry.includeAdditionalHeaders.map(bindHeader),
                toUpstream: bindPatterns(entry.headersToUpstreamOnAllow),
                toDownstreamOnAllow: bindPatterns(entry.headersToDownstreamOnAllow),
                // Envoy's own beside those that are named.
                toDownstreamOnDeny:
                    entry.headersToDownstreamOnDeny.length === 0
                        ? undefined
                        : bindPatterns([...entry.headersToDownstreamOnDeny, "www-authenticate", "location"]),
            };
        case "basic-auth":
            return {
                kind: "basic-auth",
                entry,
                users: new Map(entry.users),
                challenge: `Basic realm="${wireText(entry.realm).replaceAll(/["\\]/g, "\\$&")}", charset="UTF-8"`,
            };
        case "grpc":
            return { kind: "grpc", entry };
        case "unserved":
            return entry;
        default:
            return entry satisfies never;
    }
});

function bindHeader([name, value]: readonly [string, string]): HeaderValue {
    if (hasControl(value)) throw new Error(`value of header ${name} has a control character or a line break`);
    return { name, value: parseTemplate(wireText(value), process.env) };
}

function bindPatterns(names: readonly string[]): NamePatterns {
    return {
        exact: new Set(names.filter((name) => !name.startsWith("*") && !name.endsWith("*"))),
        prefixes: names.filter((name) => !name.startsWith("*") && name.endsWith("*")).map((name) => name.slice(0, -1)),
        suffixes: names.filter((name) => name.startsWith("*")).map((name) => name.slice(1)),
    };
}

export function fitsName({ exact, prefixes, suffixes }: NamePatterns, name: string): boolean {
    if (exact.has(name)) return true;
    for (let at = 0; at < prefixes.length; at++) if (name.startsWith(prefixes[at]!)) return true;
    for (let at = 0; at < suffixes.length; at++) if (name.endsWith(suffixes[at]!)) return true;
    return false;
}
