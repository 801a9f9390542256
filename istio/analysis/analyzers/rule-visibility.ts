/**
 * DestinationRules that a gateway does not find. It looks in the namespace of its own pods, then in that of the Service,
 * then in the root namespace; a rule elsewhere is as if it were not there, and a subset that only it defines gets 503.
 */
import { gatewaysOf } from "../bindings";
import { addTo } from "../groups";
import { isExportedTo, nameText, ruleNamespaces } from "../../semantics";
import { fullHost } from "../names";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";
import { isForGateways } from "./routing";

type Service = IndexedKind<"VirtualService">;
type Rule = IndexedKind<"DestinationRule">;

export function rulesOutOfSight(index: ObjectIndex, report: AnalysisReport): void {
    const rules = new Map<string, Rule[]>();
    for (const rule of index.of("DestinationRule")) {
        addTo(rules, fullHost(rule.usable.spec?.host ?? "", rule.ref.namespace), rule);
    }
    for (const service of index.of("VirtualService")) {
        const pods = new Set(
            gatewaysOf(service, index).flatMap(({ usable }) =>
                index.pods.selected(usable.spec?.selector ?? {}).map(({ namespace }) => namespace),
            ),
        );
        for (const host of pods.size > 0 ? gatewayHosts(service) : []) {
            check(host, service, rules.get(host) ?? [], [...pods], index, report);
        }
    }
}

function gatewayHosts(service: Service): string[] {
    const { spec } = service.usable;
    const hosts = [...(spec?.http ?? []), ...(spec?.tls ?? []), ...(spec?.tcp ?? [])]
        .filter((rule) => isForGateways(service, rule))
        .flatMap((rule) => (rule?.route ?? []).flatMap((route) => route?.destination?.host ?? []));
    return [...new Set(hosts.map((host) => fullHost(host, service.ref.namespace)))];
}

function check(
    host: string,
    service: Service,
    rules: readonly Rule[],
    pods: readonly string[],
    index: ObjectIndex,
    report: AnalysisReport,
): void {
    const home = index.hosts.find(host, service.ref.namespace)?.owner.ref.namespace;
    // One that is found is the one that was meant.
    if (home === undefined || rules.length === 0 || rules.some((rule) => isSeen(rule, home, pods, index.rootNamespace))) {
        return;
    }
    for (const rule of rules) {
        const where = [...new Set([...pods, home, index.rootNamespace])].join(", ");
        report.own(
            "GH0709",
            rule,
            isExported(rule, pods) ? "metadata.namespace" : "spec.exportTo",
            `the gateway of VirtualService ${nameText(service.ref)} routes to \`${host}\` and does not see this rule`,
            `It looks for rules in ${where}, as far as they are exported to ${pods.join(", ")}.`,
        );
    }
}

function isExported({ usable, ref }: Rule, pods: readonly string[]): boolean {
    return pods.some((namespace) => isExportedTo(usable.spec?.exportTo, ref.namespace, namespace));
}

function isSeen({ usable, ref }: Rule, home: string, pods: readonly string[], root: string): boolean {
    return pods.some(
        (namespace) =>
            isExportedTo(usable.spec?.exportTo, ref.namespace, namespace) && ruleNamespaces(namespace, home, root).includes(ref.namespace),
    );
}
