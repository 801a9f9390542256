/**
 * The pods of a configuration: Pods themselves, and those that others will make.
 */
import type { IndexedObject, ObjectsByKind } from "./indexed-object";
import { textsAt, valueAt } from "./loose";
import { LabelIndex } from "./label-index";
import { addTo } from "./groups";
import { POD_MAKERS, type Labels } from "../semantics";

export interface IndexedPod {
    readonly namespace: string;
    /** The Pod's name, or that of the object that makes it. */
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    /** The pod's spec, as it is. */
    readonly spec: unknown;
    /** Where that stands in the owner: `spec.template.spec`. */
    readonly specField: string;
    /** The Pod, or the object that makes it. */
    readonly owner: IndexedObject;
}

function podOf(owner: IndexedObject, path: readonly string[]): IndexedPod {
    const { namespace, name } = owner.ref;
    const isPod = path.length === 0;
    const template = valueAt(owner.object, ...path);
    return {
        namespace,
        name,
        labels: isPod ? owner.labels : textsAt(template, "metadata", "labels"),
        annotations: isPod ? owner.annotations : textsAt(template, "metadata", "annotations"),
        spec: valueAt(template, "spec"),
        specField: [...path, "spec"].join("."),
        owner,
    };
}

export class PodIndex {
    readonly all: readonly IndexedPod[];
    private readonly everywhere: LabelIndex<IndexedPod>;
    private readonly perNamespace = new Map<string, LabelIndex<IndexedPod>>();

    constructor(index: ObjectsByKind) {
        this.all = POD_MAKERS.flatMap(({ group, kind, template }) => index.others(group, kind).map((one) => podOf(one, template)));
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
