/**
 * DestinationRules that a gateway does not find. It looks in the namespace of its own pods, then in that of the Service,
 * then in the root namespace; a rule elsewhere is as if it were not there, and a subset that only it defines gets 503.
 */
import { gatewaysOf } from "../bindings";
import { destinationsOf } from "../destinations";
import { addTo } from "../../lists-by-key";
import { refText } from "../../types";
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
        const pods = podNamespaces(service, index);
        for (const host of pods.length > 0 ? gatewayHosts(service) : []) {
            check(host, service, rules.get(host) ?? [], pods, index, report);
        }
    }
}

/** Hosts that the VirtualService's own namespace sees, and none of the gateway's pods. */
export function hostsOutOfSight(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        const pods = podNamespaces(service, index);
        for (const { destination, field, rule } of pods.length > 0 ? destinationsOf(service) : []) {
            if (!isForGateways(service, rule)) continue;
            const host = fullHost(destination.host ?? "", service.ref.namespace);
            const owner = index.hosts.find(host, service.ref.namespace)?.owner;
            if (owner && pods.every((namespace) => index.hosts.find(host, namespace) === undefined)) {
                report.own(
                    "GH0711",
                    service,
                    `${field}.host`,
                    `${refText(owner.ref)} is not exported to namespace ${pods.join(", ")}, where the gateway's pods are`,
                    `Add \`${pods[0]}\` to what it is exported to.`,
                );
            }
        }
    }
}

function podNamespaces(service: Service, index: ObjectIndex): string[] {
    const pods = gatewaysOf(service, index).flatMap(({ usable }) => index.pods.selected(usable.spec?.selector ?? {}));
    return [...new Set(pods.map(({ namespace }) => namespace))];
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
