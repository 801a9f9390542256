/** Which DestinationRule holds for a host, and what of it for one port and subset. */
import { addTo } from "../../../istio/lists-by-key";
import { isExportedTo, isWildcard, matchesHost, resolveShortName, ruleNamespaces, selects } from "../../../istio/semantics";
import type { Subset, TrafficPolicy } from "../../../istio/types";
import type { ObjectContext } from "../context/objects";
import type { Placed } from "../../resources/model";
import type { Lookup } from "../graph/graph";
import { sameList } from "../graph/lists";

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

/** The rules of one namespace. */
interface NamespaceRules {
    readonly byHost: ReadonlyMap<string, readonly Rule[]>;
    /** The longest first: it is the most specific of those that match. */
    readonly wildcards: readonly string[];
}

export class DestinationRules {
    readonly #context: ObjectContext;
    readonly #found: Lookup<ReadonlyMap<string, NamespaceRules>, string, HostRule | undefined>;

    constructor(context: ObjectContext) {
        this.#context = context;
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

    #find(rules: ReadonlyMap<string, NamespaceRules>, host: string, serviceNamespace: string): HostRule | undefined {
        const { namespace, rootNamespace } = this.#context.settings;
        for (const one of ruleNamespaces(namespace, serviceNamespace, rootNamespace)) {
            const found = mostSpecific(rules.get(one), host);
            if (found) return found;
        }
        return undefined;
    }

    #index(): ReadonlyMap<string, NamespaceRules> {
        const { objects, settings } = this.#context;
        const namespaces = new Map<string, Map<string, Rule[]>>();
        for (const rule of objects.destinationRules.get()) {
            if (!isExportedTo(rule.object.spec.exportTo, rule.ref.namespace, settings.namespace) || !this.#selectsUs(rule)) continue;
            const hosts = namespaces.get(rule.ref.namespace) ?? new Map<string, Rule[]>();
            namespaces.set(rule.ref.namespace, hosts);
            addTo(hosts, resolveShortName(rule.object.spec.host, rule.ref.namespace, settings.domain), rule);
        }
        return new Map(
            [...namespaces].map(([namespace, byHost]) => [
                namespace,
                { byHost, wildcards: [...byHost.keys()].filter(isWildcard).sort((a, b) => b.length - a.length) },
            ]),
        );
    }

    #selectsUs({ object, ref }: Rule): boolean {
        const selector = object.spec.workloadSelector?.matchLabels;
        const { labels, namespace } = this.#context.settings;
        return selector === undefined || (ref.namespace === namespace && selects(selector, labels));
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
