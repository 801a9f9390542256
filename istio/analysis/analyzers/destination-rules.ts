/** IST0128, IST0129, IST0173 and IST0174: DestinationRules whose TLS checks nobody, whose host nobody has, whose subsets are empty. */
import { isWildcard, nameText } from "../../semantics";
import { textAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { IndexedPod } from "../pods";
import { goList, type AnalysisReport } from "../report";
import { LabelIndex } from "../label-index";
import type { KnownHost } from "../service-hosts";

export function unverifiedTls(index: ObjectIndex, report: AnalysisReport): void {
    for (const rule of index.of("DestinationRule")) {
        const policy = rule.usable.spec?.trafficPolicy;
        const args = [nameText(rule.ref), rule.ref.namespace];
        const host = rule.usable.spec?.host ?? "";
        const selective = rule.usable.spec?.workloadSelector !== undefined;
        if (isUnverified(policy?.tls, selective)) {
            report.istio(
                "IST0128",
                rule,
                "spec.trafficPolicy.tls",
                [...args, policy?.tls?.mode ?? "", host],
                "Name the authority in `caCertificates`.",
            );
        }
        (policy?.portLevelSettings ?? []).forEach((settings, at) => {
            if (isUnverified(settings?.tls, selective)) {
                const port = settings?.port?.number === undefined ? "<nil>" : `number:${settings.port.number}`;
                report.istio(
                    "IST0129",
                    rule,
                    `spec.trafficPolicy.portLevelSettings[${at}].tls`,
                    [...args, settings?.tls?.mode ?? "", host, port],
                    "Name the authority in `caCertificates`.",
                );
            }
        });
    }
}

/** A rule for some workloads may have its authority in a Secret: gateways and those workloads read that. */
function isUnverified(
    tls: { readonly mode?: string; readonly caCertificates?: string; readonly credentialName?: string } | undefined,
    selective: boolean,
): boolean {
    return (tls?.mode === "SIMPLE" || tls?.mode === "MUTUAL") && !tls.caCertificates && !(selective && tls.credentialName);
}

export function destinationRuleSubsets(index: ObjectIndex, report: AnalysisReport): void {
    const pods = placedPods(index);
    for (const rule of index.of("DestinationRule")) {
        const { spec } = rule.usable;
        const host = spec?.host ?? "";
        const known = index.hosts.find(host, rule.ref.namespace, spec?.exportTo ?? []);
        if (!known) {
            report.istio("IST0174", rule, "spec.host", [host], elsewhere(rule, index));
            continue;
        }
        checkPorts(rule, known, report);
        (spec?.subsets ?? []).forEach((subset, at) => {
            if (subset && pods.selected({ ...known.workloads, ...subset.labels }).length === 0) {
                report.istio(
                    "IST0173",
                    rule,
                    `spec.subsets[${at}].labels`,
                    [subset.name ?? ""],
                    "No pod and no pod template has these labels.",
                );
            }
        });
    }
}

/** Settings of a port replace those of the host; of a port that is not there they replace nothing. */
function checkPorts(rule: IndexedKind<"DestinationRule">, { ports }: KnownHost, report: AnalysisReport): void {
    const { spec } = rule.usable;
    const policies = [
        [spec?.trafficPolicy, "spec.trafficPolicy"] as const,
        ...(spec?.subsets ?? []).map((subset, at) => [subset?.trafficPolicy, `spec.subsets[${at}].trafficPolicy`] as const),
    ];
    for (const [policy, path] of policies) {
        (policy?.portLevelSettings ?? []).forEach((settings, at) => {
            const number = settings?.port?.number;
            // A wildcard stands for hosts of any ports.
            if (number !== undefined && ports.length > 0 && !isWildcard(spec?.host ?? "") && !ports.some((one) => one.number === number)) {
                report.own(
                    "GH0710",
                    rule,
                    `${path}.portLevelSettings[${at}].port.number`,
                    `is ${number}, a port that \`${spec?.host ?? ""}\` does not have: the settings hold for nothing`,
                    `Its ports are ${ports
                        .slice(0, 20)
                        .map((one) => one.number)
                        .join(", ")}.`,
                );
            }
        });
    }
}

function elsewhere(rule: IndexedKind<"DestinationRule">, index: ObjectIndex): string {
    const host = rule.usable.spec?.host ?? "";
    const others = index
        .of("Service")
        .filter(({ ref }) => ref.name === host)
        .map(({ ref }) => `${ref.name}.${ref.namespace}.svc.cluster.local`);
    return others.length > 0 ? `A short name means one of namespace ${rule.ref.namespace}; there is ${goList(others)}.` : "";
}

const PLACES = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];
const SUBZONE = "topology.istio.io/subzone";

/** Pods that run on a node bear its place among their labels, for a subset may ask for a zone. */
function placedPods(index: ObjectIndex): LabelIndex<IndexedPod> {
    const nodes = new Map(index.others("", "Node").map((node) => [node.ref.name, node.labels]));
    return new LabelIndex(index.pods.all, (pod) => {
        const node = textAt(pod.spec, "nodeName") ?? "";
        const labels = nodes.get(node);
        if (!labels) {
            return pod.labels;
        }
        // A subzone is part of a place, and none by itself.
        const keys = PLACES.some((key) => labels[key]) ? [...PLACES, SUBZONE] : PLACES;
        return {
            ...pod.labels,
            ...Object.fromEntries(keys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]]))),
            "kubernetes.io/hostname": node,
        };
    });
}
