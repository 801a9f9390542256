/**
 * GH0715: policies that are for nobody. Of AuthorizationPolicies that select no pod Istio itself speaks (IST0127); of others
 * with a selector, and of what is attached by references, nobody does.
 */
import { selectorText } from "../../semantics";
import { attachmentOf, GATEWAY_NAME_LABELS, type Reference } from "../../semantics/policy-scope";
import { textsAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import type { IndexedPod } from "../pods";
import { obeysPolicies, selectedBy } from "../policy-pods";
import { nameList, type AnalysisReport } from "../report";

/** Kinds with a selector, their group and where it stands. Istio itself speaks of Sidecars and Telemetries. */
const SELECTING: readonly (readonly [kind: string, group: string, selector: readonly string[]])[] = [
    ["RequestAuthentication", "security.istio.io", ["spec", "selector", "matchLabels"]],
    ["PeerAuthentication", "security.istio.io", ["spec", "selector", "matchLabels"]],
    ["WasmPlugin", "extensions.istio.io", ["spec", "selector", "matchLabels"]],
    ["TrafficExtension", "extensions.istio.io", ["spec", "selector", "matchLabels"]],
    ["EnvoyFilter", "networking.istio.io", ["spec", "workloadSelector", "labels"]],
    ["ProxyConfig", "networking.istio.io", ["spec", "selector", "matchLabels"]],
];
const REFERRING: readonly (readonly [kind: string, group: string])[] = [
    ["AuthorizationPolicy", "security.istio.io"],
    ["RequestAuthentication", "security.istio.io"],
    ["WasmPlugin", "extensions.istio.io"],
    ["TrafficExtension", "extensions.istio.io"],
    ["EnvoyFilter", "networking.istio.io"],
    ["Telemetry", "telemetry.istio.io"],
];

export function policiesForNobody(index: ObjectIndex, report: AnalysisReport): void {
    const gateways = new Set<IndexedPod>();
    for (const { usable } of index.of("Gateway")) for (const pod of index.pods.selected(usable.spec?.selector ?? {})) gateways.add(pod);
    const isServed = (pod: IndexedPod): boolean => gateways.has(pod) || obeysPolicies(pod, index);
    for (const [kind, group, selector] of SELECTING) {
        for (const object of index.others(group, kind)) checkSelected(object, selector, { index, report, isServed });
    }
    for (const [kind, group] of REFERRING) {
        for (const object of index.others(group, kind)) checkReferences(object, index, report);
    }
}

interface Known {
    readonly index: ObjectIndex;
    readonly report: AnalysisReport;
    readonly isServed: (pod: IndexedPod) => boolean;
}

function checkSelected(object: IndexedObject, path: readonly string[], { index, report, isServed }: Known): void {
    const labels = textsAt(object.object, ...path);
    // One without labels is for whoever comes.
    if (Object.keys(labels).length === 0) return;
    const { namespace } = object.ref;
    if (selectedBy(namespace, labels, index).some(isServed)) return;
    const where = namespace === index.rootNamespace ? "" : ` of namespace ${namespace}`;
    report.own(
        "GH0715",
        object,
        path.slice(0, -1).join("."),
        `selects nobody: no pod and no pod template${where} that is in the mesh or a gateway has the labels ${selectorText(labels)}`,
        "Select labels of the pods that are meant, in their namespace.",
    );
}

function checkReferences(object: IndexedObject, index: ObjectIndex, report: AnalysisReport): void {
    const attachment = attachmentOf(object.object);
    if (attachment.kind !== "references" || attachment.references.some((one) => isThere(one, object.ref.namespace, index))) return;
    const names = attachment.references.map(
        ({ group, kind, name }) => `${kind}${group === "" ? "" : `.${group}`} ${object.ref.namespace}/${name}`,
    );
    report.own(
        "GH0715",
        object,
        "spec.targetRefs",
        `is for nobody: ${nameList(names, ", ")} ${names.length === 1 ? "is" : "are"} not there, nor pods of it`,
        "Refer to objects of its own namespace, or use `selector`.",
    );
}

function isThere({ group, kind, name, namespace: stated }: Reference, own: string, index: ObjectIndex): boolean {
    if (stated !== "" && stated !== own) return false;
    if (kind === "GatewayClass") return true;
    if (index.findOther(group, kind, own, name)) return true;
    const isGateway = kind === "Gateway" && group === "gateway.networking.k8s.io";
    return isGateway && GATEWAY_NAME_LABELS.some((label) => index.pods.selectedIn(own, { [label]: name }).length > 0);
}
