/**
 * What a workload is called where it is counted, as Istio finds it out (pkg/kube GetDeployMetaFromPod, pkg/kube/labels
 * CanonicalService): of a pod by who made it, of a WorkloadEntry by what it says; of a pod that nobody shows us by the pod's name.
 */
import type { ObjectMeta } from "../types";
import type { Labels } from "./selectors";

/** What is empty is not known. */
export interface WorkloadNames {
    readonly workload: string;
    readonly namespace: string;
    readonly canonicalService: string;
    readonly canonicalRevision: string;
    readonly app: string;
    readonly version: string;
}

const WORKLOAD_LABEL = "service.istio.io/workload-name";
const GROUP_ANNOTATION = "istio.io/autoRegistrationGroup";
const SERVICE_LABELS = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"] as const;
const REVISION_LABELS = ["service.istio.io/canonical-revision", "app.kubernetes.io/version", "version"] as const;

/** Letters and digits of names that Kubernetes makes up (k8s.io/apimachinery/pkg/util/rand). */
const RANDOM = "[bcdfghjklmnpqrstvwxz2456789]";
const OF_DEPLOYMENT = new RegExp(`^(.+)-${RANDOM}{1,10}-${RANDOM}{5}$`);
const OF_DAEMON_SET = new RegExp(`^(.+)-${RANDOM}{5}$`);
const OF_STATEFUL_SET = /^(.+)-\d+$/;
/** A Job of a CronJob is named by its time. */
const OF_CRON_JOB = /^(.+)-\d{8,10}$/;

/** What has made a pod, by the pod's name: of a Deployment, a DaemonSet, a StatefulSet or a CronJob its name; of anything else the pod's own. */
export function workloadOfPodName(pod: string): string {
    const maker = OF_DEPLOYMENT.exec(pod)?.[1] ?? OF_DAEMON_SET.exec(pod)?.[1] ?? OF_STATEFUL_SET.exec(pod)?.[1] ?? pod;
    return maker === pod ? pod : (OF_CRON_JOB.exec(maker)?.[1] ?? maker);
}

/** The same of a pod whose metadata is known. */
function workloadOfPod({ name, labels = {}, generateName, ownerReferences = [] }: ObjectMeta): string {
    const given = labels[WORKLOAD_LABEL];
    if (given !== undefined) return given;
    const maker = generateName ? ownerReferences.find(({ controller }) => controller === true) : undefined;
    if (!maker?.name) return name;
    switch (maker.kind) {
        case "ReplicaSet":
            return (
                withoutHash(maker.name, labels["pod-template-hash"]) ??
                withoutHash(maker.name, labels["rollouts-pod-template-hash"]) ??
                maker.name
            );
        case "ReplicationController":
            return labels.deploymentconfig || maker.name;
        case "Job":
            return OF_CRON_JOB.exec(maker.name)?.[1] ?? maker.name;
        default:
            return maker.name;
    }
}

function withoutHash(name: string, hash: string | undefined): string | undefined {
    return hash && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : undefined;
}

export function podNames(metadata: ObjectMeta, namespace: string): WorkloadNames {
    const workload = workloadOfPod(metadata);
    return namesBy(metadata.labels ?? {}, namespace, workload, workload);
}

/** Of a pod that is not known but by its name: `labels` are those that it has for certain, as its Service selects it by them. */
export function unseenPodNames(pod: string, namespace: string, labels: Labels): WorkloadNames {
    return namesBy(labels, namespace, labels[WORKLOAD_LABEL] ?? workloadOfPodName(pod), "");
}

/** Of a WorkloadEntry, with its labels and those of its metadata; only the latter say what it is called. */
export function entryNames({ name, annotations = {}, labels: own = {} }: ObjectMeta, labels: Labels, namespace: string): WorkloadNames {
    const workload = annotations[GROUP_ANNOTATION] ?? own[WORKLOAD_LABEL] ?? name;
    return namesBy(labels, namespace, workload, workload);
}

/** Of an endpoint in a ServiceEntry, which has no name of its own: the entry's, with its place in the list. */
export function listedNames(entry: string, at: number, labels: Labels, namespace: string): WorkloadNames {
    const workload = `${entry}-${at}`;
    return namesBy(labels, namespace, workload, workload);
}

/** `otherwise`: its canonical service where no label says. */
export function namesBy(labels: Labels, namespace: string, workload: string, otherwise: string): WorkloadNames {
    const first = (names: readonly string[]): string | undefined => names.map((name) => labels[name]).find((value) => value !== undefined);
    return {
        workload,
        namespace,
        canonicalService: first(SERVICE_LABELS) ?? otherwise,
        canonicalRevision: first(REVISION_LABELS) ?? "",
        app: labels.app ?? "",
        version: labels.version ?? "",
    };
}

/** In one text, which endpoints are told with: as Istio's endpoint metadata has it, and then app and version. Values have no `;` of their own. */
export function workloadText({ workload, namespace, canonicalService, canonicalRevision, app, version }: WorkloadNames): string {
    return [workload, namespace, canonicalService, canonicalRevision, app, version].map((one) => one.replaceAll(";", "_")).join(";");
}

export function readWorkload(text: string): WorkloadNames {
    const [workload = "", namespace = "", canonicalService = "", canonicalRevision = "", app = "", version = ""] = text.split(";");
    return { workload, namespace, canonicalService, canonicalRevision, app, version };
}
