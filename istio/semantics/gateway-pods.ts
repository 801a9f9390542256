/**
 * Which pods may stand behind a Gateway, where nobody has said which: what the objects tell of them, and for the rest what
 * they could be. A policy that could be for them counts as one that is.
 */
import { addTo } from "../lists-by-key";
import { appliesTo, GATEWAY_NAME_LABELS, type Attachment, type GatewayWorkload, type PodLabels } from "./policy-scope";
import { selects } from "./selectors";

export interface GatewayFacts {
    readonly namespace: string;
    readonly name: string;
    readonly selector: PodLabels;
    /** The Secrets of its servers, which are in the pods' namespace; one with a namespace of its own as `namespace/name`. */
    readonly credentials: readonly string[];
}

/** What else is known. */
export interface Surroundings {
    readonly services: readonly { readonly namespace: string; readonly selector: PodLabels }[];
    readonly pods: readonly { readonly namespace: string; readonly labels: PodLabels }[];
    readonly secrets: readonly { readonly namespace: string; readonly name: string }[];
    /** Where gateways run; undefined: not known, and `likely` is a guess. */
    readonly namespace: string | undefined;
    readonly likely: string;
}

export interface GatewayPods {
    readonly workloads: readonly GatewayWorkload[];
    /** Absent: the workloads are all there are. */
    readonly guess?: {
        /** What every one of them bears. */
        readonly labels: PodLabels;
        /** They may be in any namespace. */
        readonly anywhere: boolean;
        /** Nothing is known of their labels: the Gateway selects all pods. */
        readonly unlabelled: boolean;
    };
}

export function podsOfGateway(gateway: GatewayFacts, known: Surroundings): GatewayPods {
    const { selector, namespace, name } = gateway;
    const isThere = (one: string): boolean => known.namespace === undefined || known.namespace === one;
    const workload = (where: string, labels: PodLabels): GatewayWorkload => ({ namespace: where, labels, gateway: { namespace, name } });
    const pods =
        Object.keys(selector).length === 0 ? [] : known.pods.filter((pod) => isThere(pod.namespace) && selects(selector, pod.labels));
    if (pods.length > 0) {
        return { workloads: pods.map((pod) => workload(pod.namespace, pod.labels)) };
    }
    const labels = usualLabels(selector);
    const services = known.services.filter((service) => isThere(service.namespace) && overlaps(service.selector, labels));
    const namespaces =
        known.namespace === undefined
            ? new Set([known.likely, namespace, ...services.map((service) => service.namespace), ...secretNamespaces(gateway, known)])
            : new Set([known.namespace]);
    return {
        workloads: [
            ...[...namespaces].map((where) =>
                workload(where, where === namespace ? { [GATEWAY_NAME_LABELS[0] ?? ""]: name, ...labels } : labels),
            ),
            ...services.map((service) => workload(service.namespace, { ...labels, ...service.selector })),
        ],
        guess: { labels, anywhere: known.namespace === undefined, unlabelled: Object.keys(selector).length === 0 },
    };
}

/** Whether a policy is for any of the pods, or could be for what they may be. */
export function reaches(attachment: Attachment, namespace: string, { workloads, guess }: GatewayPods, rootNamespace: string): boolean {
    if (workloads.some((workload) => appliesTo(attachment, namespace, workload, rootNamespace))) {
        return true;
    }
    if (attachment.kind === "unreadable") {
        return guess?.anywhere ?? false;
    }
    if (guess === undefined || attachment.kind !== "selector" || Object.keys(attachment.labels).length === 0) {
        return false;
    }
    const isNear = namespace === rootNamespace || workloads.some((workload) => workload.namespace === namespace);
    // Labels that are the Gateway's own mean its pods, wherever those are.
    return guess.unlabelled ? isNear : guess.anywhere && selects(attachment.labels, guess.labels);
}

interface Attached {
    readonly attachment: Attachment;
    readonly namespace: string;
}

/**
 * Which of several policies, all of which reach the Gateway, each of its pods has: a share for each pod, and one for each of those
 * that there may be besides. Shares of nothing are left out.
 */
export function shares<P extends Attached>(policies: readonly P[], pods: GatewayPods, rootNamespace: string): readonly (readonly P[])[] {
    const known = pods.workloads.map((workload) =>
        policies.filter(({ attachment, namespace }) => appliesTo(attachment, namespace, workload, rootNamespace)),
    );
    const placed = new Set(known.flat());
    const guessed = new Map<string, P[]>();
    for (const policy of policies) if (!placed.has(policy)) addTo(guessed, shareKey(policy, pods), policy);
    return [...known, ...guessed.values()].filter(({ length }) => length > 0);
}

/** Pods that are anywhere have all that is for their labels in one namespace; of whose labels nothing is known nothing is together. */
function shareKey({ attachment, namespace }: Attached, { guess }: GatewayPods): string {
    return guess?.unlabelled ? JSON.stringify([namespace, attachment]) : namespace;
}

/** The pods of Istio's own gateways bear `app: istio-NAME` beside `istio: NAME`. */
function usualLabels(selector: PodLabels): PodLabels {
    const { istio, app } = selector;
    if (istio !== undefined && app === undefined) {
        return { app: `istio-${istio}`, ...selector };
    }
    return app?.startsWith("istio-") && istio === undefined ? { istio: app.slice("istio-".length), ...selector } : selector;
}

/** They share a label, and none that both have differs. */
function overlaps(one: PodLabels, other: PodLabels): boolean {
    const shared = Object.keys(one).filter((key) => Object.hasOwn(other, key));
    return shared.length > 0 && shared.every((key) => one[key] === other[key]);
}

function secretNamespaces({ credentials }: GatewayFacts, { secrets }: Surroundings): string[] {
    const names = new Set(credentials.map((name) => name.slice(name.lastIndexOf("/") + 1)));
    return secrets.filter(({ name }) => names.has(name)).map(({ namespace }) => namespace);
}
