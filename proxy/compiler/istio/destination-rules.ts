/** Which DestinationRule holds for a host, and what of it for one port and subset. */
import { addTo } from "../../../istio/lists-by-key";
import { isPrivateRule, isWildcard, matchesHost, resolveShortName, ruleNamespaces } from "../../../istio/semantics";
import type { Subset, TrafficPolicy } from "../../../istio/types";
import type { ObjectContext } from "../context/objects";
import type { Placed } from "../../resources/model";
import type { Lookup } from "../graph/graph";
import { sameList } from "../graph/lists";
import { inForce, notForUs, RuleLosers, type LostRule } from "./rule-losers";

/** The rules for one host that hold together: the oldest one's policy, the subsets of all. */
export interface HostRule {
    readonly host: string;
    /** The oldest first. */
    readonly objects: readonly Placed<"DestinationRule">[];
}

/** One level of policy, as it holds for a port. */
export type TrafficLayers = Pick<
    TrafficPolicy,
    "loadBalancer" | "connectionPool" | "outlierDetection" | "tls" | "tunnel" | "proxyProtocol" | "retryBudget"
>;

const FIELDS = ["loadBalancer", "connectionPool", "outlierDetection", "tls", "tunnel", "proxyProtocol", "retryBudget"] as const;

type Rule = Placed<"DestinationRule">;

/** The rules of one namespace that are for this proxy, without those that only the root namespace has where those come first. */
interface NamespaceRules {
    readonly byHost: ReadonlyMap<string, readonly Rule[]>;
    /** The longest first: it is the most specific of those that match. */
    readonly wildcards: readonly string[];
}

/** Rules of the root namespace that only the root namespace has come first for a proxy in it; no namespace has this name. */
const PRIVATE = "";

export class DestinationRules {
    readonly #context: ObjectContext;
    readonly #found: Lookup<ReadonlyMap<string, NamespaceRules>, string, HostRule | undefined>;
    readonly #losers: RuleLosers;

    constructor(context: ObjectContext) {
        this.#context = context;
        this.#losers = new RuleLosers(context);
        this.#found = context.graph.lookup(
            context.graph.value(() => this.#index()),
            (rules, key) => {
                const [namespace = "", host = ""] = key.split("\n");
                return this.#find(rules, host, namespace);
            },
            (a, b) => a?.host === b?.host && sameList(a?.objects ?? [], b?.objects ?? []),
        );
    }

    find(host: string, serviceNamespace: string | undefined): HostRule | undefined {
        return this.#found.get(`${serviceNamespace ?? ""}\n${host}`);
    }

    /** The rules for a host that do not hold, each with the reason. */
    lost(host: string, serviceNamespace: string, holds: HostRule | undefined): readonly LostRule[] {
        return this.#losers.of(host, serviceNamespace, holds);
    }

    #find(rules: ReadonlyMap<string, NamespaceRules>, host: string, serviceNamespace: string): HostRule | undefined {
        const { namespace, rootNamespace } = this.#context.settings;
        for (const one of [PRIVATE, ...ruleNamespaces(namespace, serviceNamespace, rootNamespace)]) {
            const found = mostSpecific(rules.get(one), host);
            if (found) return { host: found.host, objects: inForce(found.objects) };
        }
        return undefined;
    }

    #index(): ReadonlyMap<string, NamespaceRules> {
        const { objects, settings } = this.#context;
        const namespaces = new Map<string, Map<string, Rule[]>>();
        for (const rule of objects.destinationRules.get()) {
            if (notForUs(rule, settings) !== undefined) continue;
            const { spec } = rule.object;
            const own = rule.ref.namespace;
            const isFirst = own === settings.namespace && own === settings.rootNamespace && isPrivateRule(spec, own);
            const shelf = isFirst ? PRIVATE : own;
            const hosts = namespaces.get(shelf) ?? new Map<string, Rule[]>();
            namespaces.set(shelf, hosts);
            addTo(hosts, resolveShortName(spec.host, own, settings.domain), rule);
        }
        return new Map(
            [...namespaces].map(([namespace, byHost]) => [
                namespace,
                { byHost, wildcards: [...byHost.keys()].filter(isWildcard).sort((a, b) => b.length - a.length) },
            ]),
        );
    }
}

function mostSpecific(rules: NamespaceRules | undefined, host: string): HostRule | undefined {
    const exact = rules?.byHost.get(host);
    if (exact) return { host, objects: exact };
    const longest = rules?.wildcards.find((pattern) => matchesHost(pattern, host));
    return longest === undefined ? undefined : { host: longest, objects: rules?.byHost.get(longest) ?? [] };
}

/** Where a subset is defined. */
export interface SubsetPlace {
    readonly subset: Subset;
    readonly owner: Placed<"DestinationRule">;
    readonly field: string;
}

export function subsetOf(rule: HostRule | undefined, name: string): SubsetPlace | undefined {
    for (const owner of rule?.objects ?? []) {
        const index = (owner.object.spec.subsets ?? []).findIndex((subset) => subset.name === name);
        const subset = owner.object.spec.subsets?.[index];
        if (subset) return { subset, owner, field: `spec.subsets[${index}]` };
    }
    return undefined;
}

/** Whether the policy that would hold can't be read, and asks for TLS: nothing must go out without. */
export function isUnreadable({ objects }: HostRule): boolean {
    const holds = objects.find(({ object, source }) => object.spec.trafficPolicy !== undefined || source.refused !== undefined);
    return holds?.source.refused !== undefined;
}

/** A policy, and where each of its parts stands. */
export interface EffectivePolicy {
    readonly policy: TrafficLayers;
    readonly owner: Placed<"DestinationRule">;
    readonly fieldOf: (part: keyof TrafficLayers) => string;
}

/** Top level, then the subset field by field; at each level the settings of the port replace all others. */
export function policyFor(rule: HostRule | undefined, subset: SubsetPlace | undefined, port: number): EffectivePolicy | undefined {
    const base = rule?.objects.find(({ object }) => object.spec.trafficPolicy !== undefined) ?? rule?.objects[0];
    if (base === undefined) return undefined;
    const fields = new Map<keyof TrafficLayers, string>();
    let policy = applyLevel({}, base.object.spec.trafficPolicy, port, "spec.trafficPolicy", fields);
    const owner = subset?.subset.trafficPolicy ? subset.owner : base;
    policy = applyLevel(policy, subset?.subset.trafficPolicy, port, `${subset?.field}.trafficPolicy`, fields);
    return { policy, owner, fieldOf: (part) => fields.get(part) ?? "spec.trafficPolicy" };
}

function applyLevel(
    above: TrafficLayers,
    level: TrafficPolicy | undefined,
    port: number,
    field: string,
    fields: Map<keyof TrafficLayers, string>,
): TrafficLayers {
    if (level === undefined) return above;
    const index = (level.portLevelSettings ?? []).findIndex((one) => one.port?.number === port);
    const ofPort = level.portLevelSettings?.[index];
    if (ofPort) {
        for (const part of FIELDS) fields.set(part, `${field}.portLevelSettings[${index}].${part}`);
        return pick(ofPort);
    }
    const own = pick(level);
    for (const part of Object.keys(own) as (keyof TrafficLayers)[]) fields.set(part, `${field}.${part}`);
    return { ...above, ...own };
}

function pick(policy: TrafficLayers): TrafficLayers {
    return Object.fromEntries(FIELDS.filter((part) => policy[part] !== undefined).map((part) => [part, policy[part]]));
}
