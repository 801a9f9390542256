/** What makes pods, and where in it their template stands. A folder of manifests holds no Pod: selectors mean what these will make. */

export interface PodMaker {
    readonly group: string;
    readonly kind: string;
    /** The way to `metadata` and `spec` of its pods; empty: it is a Pod itself. */
    readonly template: readonly string[];
}

const TEMPLATE = ["spec", "template"] as const;

export const POD_MAKERS: readonly PodMaker[] = [
    { group: "", kind: "Pod", template: [] },
    { group: "apps", kind: "Deployment", template: TEMPLATE },
    { group: "apps", kind: "StatefulSet", template: TEMPLATE },
    { group: "apps", kind: "DaemonSet", template: TEMPLATE },
    { group: "apps", kind: "ReplicaSet", template: TEMPLATE },
    { group: "batch", kind: "Job", template: TEMPLATE },
    { group: "batch", kind: "CronJob", template: ["spec", "jobTemplate", "spec", "template"] },
];

/** Undefined: an object of this group and kind makes no pods. */
export function podMaker(group: string, kind: string): PodMaker | undefined {
    return POD_MAKERS.find((one) => one.kind === kind && one.group === group);
}
