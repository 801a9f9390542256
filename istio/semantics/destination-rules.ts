/** Where the DestinationRule of a host is looked for, and which of several for one host are one. */
import { labelEntries, type Labels } from "./selectors";

/**
 * The namespaces, in this order: the client's own, the service's, the root namespace. A client that lives in the root
 * namespace has no say there before the service's own (Istio pilot/pkg/model/push_context.go, destinationRule), but for rules
 * that are for the root namespace alone (`isPrivateRule`).
 */
export function ruleNamespaces(client: string, service: string | undefined, rootNamespace: string): string[] {
    return [...(client === rootNamespace ? [] : [client]), ...(service ? [service] : []), rootNamespace];
}

interface RuleScope {
    readonly exportTo?: readonly (string | undefined)[];
    readonly workloadSelector?: { readonly matchLabels?: Labels } | undefined;
}

/** Whom a rule is exported to, as it is written: one for some workloads is its own namespace's, whatever it says. */
function exportedTo({ exportTo = [], workloadSelector }: RuleScope): readonly string[] {
    return workloadSelector ? ["."] : exportTo.filter((one) => one !== undefined);
}

/** Whether only its own namespace has it. */
export function isPrivateRule(scope: RuleScope, namespace: string): boolean {
    const [only, ...more] = new Set(exportedTo(scope));
    return more.length === 0 && (only === "." || only === namespace);
}

/** Whether two rules for one host in one namespace are joined: those that are exported alike, for the same workloads. */
export function areJoinedRules(a: RuleScope, b: RuleScope): boolean {
    return scopeText(a) === scopeText(b);
}

function scopeText(scope: RuleScope): string {
    const { workloadSelector } = scope;
    const labels = workloadSelector && labelEntries(workloadSelector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([[...new Set(exportedTo(scope))].sort(), labels ?? null]);
}
