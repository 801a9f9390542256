/**
 * All objects of one configuration, of every kind and namespace, found by kind, name and label. Analyzers and policies
 * ask it instead of walking lists, so that their cost grows with the number of objects and not with its square.
 */
import type { Place } from "../findings";
import { groupOf, isNamespaced, meantGroup } from "../semantics";
import { GROUP_OF_KIND, readKind, refKey, type Kind, type KubeObject } from "../types";
import { MESH_CONFIG_MAP, rootNamespaceArgument, rootNamespaceOf } from "../semantics/root-namespace";
import { inspectObject } from "../validation";
import { defaultGateway } from "./default-gateway";
import type { AnalysisInput, IndexedKind, IndexedObject, ObjectsByKind } from "./indexed-object";
import { textsAt } from "./loose";
import { PodIndex } from "./pods";
import { ServiceHosts } from "./service-hosts";

export interface IndexOptions {
    /** Of objects that name none. */
    readonly namespace?: string;
    /** Whether Istio's own ingress gateway is taken for granted unless the configuration brings one. */
    readonly defaultGateway?: boolean;
}

export class ObjectIndex implements ObjectsByKind {
    /** In the order of kind, namespace and name. */
    readonly objects: readonly IndexedObject[];
    /** Objects that stand there twice, all but the last, which is the one that counts. */
    readonly overwritten: readonly IndexedObject[];
    readonly #byKind = new Map<string, IndexedObject[]>();
    readonly #byName = new Map<string, IndexedObject>();
    #podIndex: PodIndex | undefined;
    #root: string | undefined;
    #hostIndex: ServiceHosts | undefined;

    constructor(inputs: readonly AnalysisInput[], options: IndexOptions = {}) {
        const last = new Map<string, IndexedObject>();
        const overwritten: IndexedObject[] = [];
        for (const input of options.defaultGateway ? [...defaultGateway(inputs, options.namespace), ...inputs] : inputs) {
            const one = indexed(input, options.namespace ?? "default");
            const key = refKey({ ...one.ref, group: groupOf(one.object.apiVersion) });
            const before = last.get(key);
            if (before) {
                overwritten.push(before);
            }
            last.set(key, one);
        }
        this.overwritten = overwritten;
        this.objects = [...last].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
        this.#byName = last;
        for (const one of this.objects) {
            const kind = `${groupOf(one.object.apiVersion)}/${one.object.kind}`;
            const known = this.#byKind.get(kind);
            if (known) {
                known.push(one);
            } else {
                this.#byKind.set(kind, [one]);
            }
        }
    }

    /** The objects of a kind that has a type. */
    of<K extends Kind>(kind: K): readonly IndexedKind<K>[] {
        // The walk by the kind's table has left nothing of another type in them.
        return (this.#byKind.get(`${GROUP_OF_KIND[kind]}/${kind}`) ?? []) as unknown as readonly IndexedKind<K>[];
    }

    find<K extends Kind>(kind: K, namespace: string, name: string): IndexedKind<K> | undefined {
        return this.#byName.get(refKey({ group: GROUP_OF_KIND[kind], kind, namespace, name })) as IndexedKind<K> | undefined;
    }

    /** The objects of any kind, as they are: `others("apps", "Deployment")`. */
    others(group: string, kind: string): readonly IndexedObject[] {
        return this.#byKind.get(`${group}/${kind}`) ?? [];
    }

    /** One object of any kind; a cluster-wide one has the namespace ``. */
    findOther(group: string, kind: string, namespace: string, name: string): IndexedObject | undefined {
        return this.#byName.get(refKey({ group, kind, namespace, name }));
    }

    /** Holds the mesh's own configuration, where that is part of this one. */
    get meshConfigMap(): KubeObject | undefined {
        return this.findOther("", "ConfigMap", MESH_CONFIG_MAP.namespace, MESH_CONFIG_MAP.name)?.object;
    }

    /** What is there is for the whole mesh. A gateway that was told otherwise than the mesh's configuration says goes by that. */
    get rootNamespace(): string {
        return (this.#root ??=
            this.pods.all.map(({ spec }) => rootNamespaceArgument(spec)).find((said) => said !== undefined) ??
            rootNamespaceOf(this.meshConfigMap));
    }

    get pods(): PodIndex {
        return (this.#podIndex ??= new PodIndex(this));
    }

    /** The hosts that Services and ServiceEntries make known. */
    get hosts(): ServiceHosts {
        return (this.#hostIndex ??= new ServiceHosts(this));
    }
}

function indexed(input: AnalysisInput, defaultNamespace: string): IndexedObject {
    const { object } = input;
    const { apiVersion, kind, metadata } = object;
    const namespace = isNamespaced(groupOf(apiVersion), kind) ? metadata.namespace || defaultNamespace : "";
    const place = (field: string): Place | undefined => input.placeOf?.(field) ?? input.place;
    const ref = { group: meantGroup(apiVersion, kind), kind, namespace, name: metadata.name };
    const { findings, usable } = inspectObject(object, {
        ...(input.placeOf || input.place ? { placeOf: (field: string) => place(field) ?? { file: "", line: 1 } } : {}),
        ...(input.writtenOf ? { writtenOf: (field: string) => input.writtenOf?.(field) } : {}),
    });
    return {
        object,
        ref,
        place,
        context: input.context ?? false,
        labels: textsAt(metadata, "labels"),
        annotations: textsAt(metadata, "annotations"),
        usable: usable ?? untyped(object),
        findings: findings.map((one) => (one.object ? { ...one, object: ref } : one)),
    };
}

/** An object in a shape that is not read has nothing but its name: whoever refers to it finds it. */
function untyped({ apiVersion, kind, metadata, ...rest }: KubeObject): unknown {
    return readKind({ apiVersion, kind }) ? { apiVersion, kind, metadata } : { apiVersion, kind, metadata, ...rest };
}
