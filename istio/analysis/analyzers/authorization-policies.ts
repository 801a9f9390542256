/** IST0101 and IST0127: AuthorizationPolicies that name namespaces which are not there, or are for no pod. */
import { selectorText } from "../../semantics";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import { obeysPolicies, selectedBy } from "../policy-pods";
import { goQuoted, type AnalysisReport } from "../report";

type Policy = IndexedKind<"AuthorizationPolicy">;

/** Every cluster has them. */
const ALWAYS: readonly string[] = ["default", "kube-system", "kube-public", "kube-node-lease"];

export function authorizationPolicies(index: ObjectIndex, report: AnalysisReport): void {
    const policies = index.of("AuthorizationPolicy");
    const namespaces = policies.length === 0 ? [] : knownNamespaces(index);
    for (const policy of policies) {
        checkWorkloads(policy, index, report);
        checkNamespaces(policy, namespaces, report);
    }
}

function checkWorkloads(policy: Policy, index: ObjectIndex, report: AnalysisReport): void {
    const { namespace } = policy.ref;
    const selector = policy.usable.spec?.selector;
    if (namespace === index.rootNamespace && !selector) {
        return;
    }
    const labels = selector?.matchLabels ?? {};
    if (!selectedBy(namespace, labels, index).some((pod) => obeysPolicies(pod, index))) {
        report.istio(
            "IST0127",
            policy,
            selector ? "spec.selector" : "",
            [selectorText(labels)],
            "No pod and no pod template of the mesh, nor of a gateway, has these labels.",
        );
    }
}

function checkNamespaces(policy: Policy, known: readonly string[], report: AnalysisReport): void {
    (policy.usable.spec?.rules ?? []).forEach((rule, at) =>
        (rule?.from ?? []).forEach((from, fromAt) => {
            for (const part of ["namespaces", "notNamespaces"] as const) {
                (from?.source?.[part] ?? []).forEach((pattern, patternAt) => {
                    if (pattern !== undefined && !known.some((name) => meets(name, pattern))) {
                        report.istio("IST0101", policy, `spec.rules[${at}].from[${fromAt}].source.${part}[${patternAt}]`, [
                            "namespace",
                            goQuoted(pattern),
                        ]);
                    }
                });
            }
        }),
    );
}

/** Those that stand there, and those in which something stands. */
function knownNamespaces(index: ObjectIndex): string[] {
    const names = index.objects.flatMap(({ ref }) => (ref.group === "" && ref.kind === "Namespace" ? [ref.name] : ref.namespace));
    return [...new Set([...ALWAYS, ...names])].filter((name) => name !== "");
}

/** As Istio matches a source's namespace: a star at one end, or the name in any case. */
function meets(name: string, pattern: string): boolean {
    if (pattern.startsWith("*")) {
        return name.endsWith(pattern.slice(1));
    }
    return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name.toLowerCase() === pattern.toLowerCase();
}
