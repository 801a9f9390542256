/**
 * The pods of a configuration: Pods themselves, and those that others will make.
 */
import type { IndexedObject, ObjectsByKind } from "./indexed-object";
import { listAt, textAt, textsAt, valueAt } from "./loose";
import { LabelIndex } from "./label-index";
import { addTo } from "../lists-by-key";
import { groupOf, POD_MAKERS, type Labels } from "../semantics";
import { refKey, type RefKey } from "../types";

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

/** What makes pods, or is one, and the way to its pods' `metadata` and `spec`. */
export interface PodSource {
    readonly owner: IndexedObject;
    readonly template: readonly string[];
}

/**
 * All of them, but for what another of them made to make its pods by: a Deployment keeps a ReplicaSet for each of its older
 * templates, which makes no pods any more, and nobody writes what stands there.
 */
export function podSources(index: ObjectsByKind): readonly PodSource[] {
    const all = POD_MAKERS.flatMap(({ group, kind, template }) => index.others(group, kind).map((owner) => ({ owner, template })));
    const makers = new Set(all.map(({ owner }) => refKey(owner.ref)));
    const isMade = (owner: IndexedObject): boolean => {
        const maker = controllerOf(owner);
        return maker !== undefined && makers.has(maker);
    };
    return all.filter(({ owner, template }) => template.length === 0 || !isMade(owner));
}

/** The key of the object that made this one; undefined: nobody did. */
function controllerOf({ object, ref }: IndexedObject): RefKey | undefined {
    const one = listAt(object, "metadata", "ownerReferences").find((reference) => valueAt(reference, "controller") === true);
    const [group, kind, name] = [groupOf(textAt(one, "apiVersion") ?? ""), textAt(one, "kind"), textAt(one, "name")];
    return kind === undefined || name === undefined ? undefined : refKey({ group, kind, namespace: ref.namespace, name });
}

function podOf({ owner, template: path }: PodSource): IndexedPod {
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
    readonly #everywhere: LabelIndex<IndexedPod>;
    readonly #perNamespace = new Map<string, LabelIndex<IndexedPod>>();

    constructor(index: ObjectsByKind) {
        this.all = podSources(index).map(podOf);
        this.#everywhere = new LabelIndex(this.all, ({ labels }) => labels);
        const groups = new Map<string, IndexedPod[]>();
        for (const pod of this.all) {
            addTo(groups, pod.namespace, pod);
        }
        for (const [namespace, pods] of groups) {
            this.#perNamespace.set(namespace, new LabelIndex(pods, ({ labels }) => labels));
        }
    }

    /** The pods of any namespace that a selector selects; one without labels selects all. */
    selected(selector: Labels): readonly IndexedPod[] {
        return this.#everywhere.selected(selector);
    }

    selectedIn(namespace: string, selector: Labels): readonly IndexedPod[] {
        return this.#perNamespace.get(namespace)?.selected(selector) ?? [];
    }
}
