/**
 * For whom a policy of Istio's is (pilot/pkg/model/policyattachment.go): by a selector, by references, or for all of its
 * namespace. Objects are read as they come, good or bad: what cannot be read of an attachment selects whom it could.
 */
import type { KubeObject } from "../types";
import { isRecord } from "../validation/outline";
import { selects } from "./selectors";

export type PodLabels = Readonly<Record<string, string>>;

export interface Reference {
    readonly group: string;
    readonly kind: string;
    readonly name: string;
    /** Empty: that of the policy. */
    readonly namespace: string;
}

export type Attachment =
    /** Without labels: every workload. */
    | { readonly kind: "selector"; readonly labels: PodLabels }
    | { readonly kind: "references"; readonly references: readonly Reference[] }
    | { readonly kind: "unreadable" };

/** Who may be restricted: the pods of a gateway, with the Gateway of networking.istio.io that is asked about. */
export interface GatewayWorkload {
    readonly namespace: string;
    readonly labels: PodLabels;
    readonly gateway: { readonly namespace: string; readonly name: string };
}

/** By these a pod belongs to a Gateway of Kubernetes' Gateway API; the short one is how Gatehouse's own gateways bear it. */
export const GATEWAY_NAME_LABELS: readonly string[] = ["gateway.networking.k8s.io/gateway-name", "gateway-name"];

const EVERYONE: Attachment = { kind: "selector", labels: {} };
const UNREADABLE: Attachment = { kind: "unreadable" };

/** Whether a field says nothing. */
function isAbsent(value: unknown): boolean {
    return value === undefined || value === null;
}

export function attachmentOf(object: KubeObject): Attachment {
    const { spec } = object as { readonly spec?: unknown };
    if (isAbsent(spec)) {
        return EVERYONE;
    }
    if (!isRecord(spec)) {
        return UNREADABLE;
    }
    const [selector, labels] = object.kind === "EnvoyFilter" ? [spec.workloadSelector, "labels"] : [spec.selector, "matchLabels"];
    const several = isAbsent(spec.targetRefs) ? [] : spec.targetRefs;
    if (!Array.isArray(several)) {
        return UNREADABLE;
    }
    const references: readonly unknown[] = several.length > 0 || isAbsent(spec.targetRef) ? several : [spec.targetRef];
    if (references.length === 0) {
        return selectorOf(selector, labels);
    }
    // The API server takes one way only; which one was meant nobody knows.
    return isAbsent(selector) ? referencesOf(references) : UNREADABLE;
}

function selectorOf(selector: unknown, field: string): Attachment {
    if (isAbsent(selector)) {
        return EVERYONE;
    }
    const labels = isRecord(selector) ? selector[field] : selector;
    if (isAbsent(labels)) {
        return EVERYONE;
    }
    const isReadable =
        isRecord(labels) &&
        Object.entries(labels).every(([key, value]) => key !== "" && typeof value === "string" && !`${key}${value}`.includes("*"));
    return isReadable ? { kind: "selector", labels: labels as PodLabels } : UNREADABLE;
}

function referencesOf(values: readonly unknown[]): Attachment {
    const references: Reference[] = [];
    for (const value of values) {
        if (!isRecord(value)) {
            return UNREADABLE;
        }
        const { group = "", kind, name, namespace = "" } = value;
        if (
            typeof group !== "string" ||
            typeof kind !== "string" ||
            typeof name !== "string" ||
            typeof namespace !== "string" ||
            kind === "" ||
            name === ""
        ) {
            return UNREADABLE;
        }
        references.push({ group: group === "core" ? "" : group, kind, name, namespace });
    }
    return { kind: "references", references };
}

/**
 * Whether a policy is for a gateway: policies of the root namespace and of the pods' own are, others never. Services,
 * ServiceEntries and GatewayClasses are references to waypoints, which a gateway is none of.
 */
export function appliesTo(attachment: Attachment, namespace: string, workload: GatewayWorkload, rootNamespace: string): boolean {
    if (attachment.kind === "references") {
        return attachment.references.some((one) => refersTo(one, namespace, workload));
    }
    if (namespace !== rootNamespace && namespace !== workload.namespace) {
        return false;
    }
    return attachment.kind === "unreadable" || selects(attachment.labels, workload.labels);
}

/** Whether it is to a Gateway of Istio's, which says of no pods that they are meant. */
export function namesGateway({ group, kind }: Reference): boolean {
    return kind === "Gateway" && group === "networking.istio.io";
}

function refersTo(
    { group, kind, name, namespace }: Reference,
    own: string,
    { namespace: pods, labels, gateway }: GatewayWorkload,
): boolean {
    if (kind !== "Gateway" || (namespace !== "" && namespace !== own)) {
        return false;
    }
    if (group === "networking.istio.io") {
        return own === gateway.namespace && name === gateway.name;
    }
    return group === "gateway.networking.k8s.io" && own === pods && GATEWAY_NAME_LABELS.some((label) => labels[label] === name);
}
