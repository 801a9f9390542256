/**
 * Of several DestinationRules for one host, which are in force, and why the others are not: an operator whose rule does nothing
 * is told which one does (istiod says nothing of it).
 */
import { addTo } from "../../../istio/lists-by-key";
import { areJoinedRules, isExportedTo, isWildcard, matchesHost, resolveShortName, ruleNamespaces, selects } from "../../../istio/semantics";
import { refText } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { CompilerSettings } from "../context/context";
import type { ObjectContext } from "../context/objects";
import type { Lookup, Value } from "../graph/graph";
import { sameList } from "../graph/lists";

type Rule = Placed<"DestinationRule">;
type ByHost = ReadonlyMap<string, readonly Rule[]>;

export interface LostRule {
    readonly rule: Rule;
    /** The end of a sentence that begins with the rule. */
    readonly why: string;
}

interface HeldRule {
    readonly host: string;
    readonly objects: readonly Rule[];
}

const NONE: readonly never[] = [];

/** Why a rule says nothing to this proxy, whatever else there is; undefined: it may. */
export function notForUs({ object, ref }: Rule, { labels, namespace }: CompilerSettings): string | undefined {
    const { exportTo, workloadSelector } = object.spec;
    if (workloadSelector && ref.namespace !== namespace)
        return `has a workloadSelector, and so is for workloads of namespace ${ref.namespace}`;
    if (workloadSelector && !selects(workloadSelector.matchLabels, labels)) return "is for other workloads, by its workloadSelector";
    return workloadSelector || isExportedTo(exportTo, ref.namespace, namespace) ? undefined : `is not exported to namespace ${namespace}`;
}

/**
 * Of the rules for one host in one namespace, the oldest first. Those that are exported alike are joined, and of what is left
 * the first with a selector counts, else the last (istiod's mergeDestinationRule and SidecarScope.DestinationRule, to the
 * letter: a rule that is joined with one and differs from the last of them stands once more by itself). One that could not be
 * read is joined with all.
 */
export function inForce(rules: readonly Rule[]): readonly Rule[] {
    const [first, ...others] = rules;
    if (first === undefined || others.length === 0) return rules;
    const joined: Rule[][] = [[first]];
    for (const rule of others) {
        let isApart = true;
        for (const list of joined) {
            isApart = !isOneWith(list[0] ?? rule, rule);
            if (!isApart) list.push(rule);
        }
        if (isApart) joined.push([rule]);
    }
    return joined.find(([one]) => one?.object.spec.workloadSelector !== undefined) ?? joined.at(-1) ?? rules;
}

function isOneWith(a: Rule, b: Rule): boolean {
    return a.source.refused !== undefined || b.source.refused !== undefined || areJoinedRules(a.object.spec, b.object.spec);
}

export class RuleLosers {
    readonly #context: ObjectContext;
    readonly #wildcards: Value<readonly string[]>;
    readonly #rulesOf: Lookup<ByHost, string, readonly Rule[]>;

    constructor(context: ObjectContext) {
        const { graph } = context;
        this.#context = context;
        const byHost = graph.value(() => this.#byHost());
        this.#wildcards = graph.value(() => [...byHost.get().keys()].filter(isWildcard), sameList);
        this.#rulesOf = graph.lookup(byHost, (all, host) => all.get(host) ?? NONE, sameList);
    }

    of(host: string, serviceNamespace: string, holds: HeldRule | undefined): readonly LostRule[] {
        const patterns = this.#wildcards.get().filter((pattern) => pattern !== host && matchesHost(pattern, host));
        return [host, ...patterns]
            .flatMap((one) => this.#rulesOf.get(one).map((rule) => ({ rule, host: one })))
            .filter(({ rule }) => !holds?.objects.includes(rule))
            .map(({ rule, host: own }) => ({ rule, why: this.#reasonOf(rule, own, serviceNamespace, holds) }));
    }

    #byHost(): ByHost {
        const byHost = new Map<string, Rule[]>();
        const { domain } = this.#context.settings;
        for (const rule of this.#context.objects.destinationRules.get()) {
            addTo(byHost, resolveShortName(rule.object.spec.host, rule.ref.namespace, domain), rule);
        }
        return byHost;
    }

    #reasonOf(rule: Rule, host: string, serviceNamespace: string, holds: HeldRule | undefined): string {
        const { settings } = this.#context;
        const own = rule.ref.namespace;
        const general = notForUs(rule, settings);
        if (general !== undefined) return general;
        const looked = [...new Set(ruleNamespaces(settings.namespace, serviceNamespace, settings.rootNamespace))];
        if (!looked.includes(own)) return `stands in namespace ${own}; rules are looked for in ${looked.join(", ")}`;
        const first = holds?.objects[0];
        if (first === undefined) return "holds for nothing";
        if (first.ref.namespace !== own) return `comes after those of namespace ${first.ref.namespace}`;
        if (host !== holds?.host) return `is for ${host}, and ${refText(first.ref)} for ${holds?.host ?? ""}, which is more specific`;
        return `is exported otherwise, or for other workloads, than ${refText(first.ref)}, with which it is not joined`;
    }
}
