/**
 * The pods of a configuration: Pods themselves, and the pods that Deployments, StatefulSets and DaemonSets will make.
 * A folder of manifests holds no Pod, and a Gateway's selector means those.
 */
import type { IndexedObject, ObjectsByKind } from "./indexed-object";
import { textsAt, valueAt } from "./loose";
import { LabelIndex } from "./label-index";
import { addTo } from "./groups";
import type { Labels } from "../semantics";

export interface IndexedPod {
    readonly namespace: string;
    /** The Pod's name, or that of the object that makes it. */
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    /** The pod's spec, as it is. */
    readonly spec: unknown;
    /** The Pod, or the object that makes it. */
    readonly owner: IndexedObject;
}

/** Kinds of `apps` that make pods. */
export const MAKERS: readonly string[] = ["Deployment", "StatefulSet", "DaemonSet"];

function podOf(owner: IndexedObject): IndexedPod {
    const { namespace, name } = owner.ref;
    return { namespace, name, labels: owner.labels, annotations: owner.annotations, spec: valueAt(owner.object, "spec"), owner };
}

function podMadeBy(owner: IndexedObject): IndexedPod {
    const template = valueAt(owner.object, "spec", "template");
    const { namespace, name } = owner.ref;
    return {
        namespace,
        name,
        labels: textsAt(template, "metadata", "labels"),
        annotations: textsAt(template, "metadata", "annotations"),
        spec: valueAt(template, "spec"),
        owner,
    };
}

export class PodIndex {
    readonly all: readonly IndexedPod[];
    private readonly everywhere: LabelIndex<IndexedPod>;
    private readonly perNamespace = new Map<string, LabelIndex<IndexedPod>>();

    constructor(index: ObjectsByKind) {
        const own = index.others("", "Pod").map(podOf);
        this.all = [...own, ...MAKERS.flatMap((kind) => index.others("apps", kind).map(podMadeBy))];
        this.everywhere = new LabelIndex(this.all, ({ labels }) => labels);
        const groups = new Map<string, IndexedPod[]>();
        for (const pod of this.all) {
            addTo(groups, pod.namespace, pod);
        }
        for (const [namespace, pods] of groups) {
            this.perNamespace.set(namespace, new LabelIndex(pods, ({ labels }) => labels));
        }
    }

    /** The pods of any namespace that a selector selects; one without labels selects all. */
    selected(selector: Labels): readonly IndexedPod[] {
        return this.everywhere.selected(selector);
    }

    selectedIn(namespace: string, selector: Labels): readonly IndexedPod[] {
        return this.perNamespace.get(namespace)?.selected(selector) ?? [];
    }
}
