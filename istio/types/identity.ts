/**
 * What names an object: its API group and kind, its namespace and its name. Maps go by `refKey`, which no two objects share;
 * messages say `refText`, which names the group where the kind alone would be taken for another's.
 */
import { groupOf, homeGroup, meantGroup } from "../semantics/api-groups";
import { isNamespaced } from "../semantics/scopes";
import { GROUP_OF_KIND, type Kind } from "./kind";
import type { KubeObject } from "./object";

export interface ObjectRef {
    /** Empty: Kubernetes' core. */
    readonly group: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
}

/** The ref of an object; a missing or empty namespace is `default`, as kubectl takes it. Of a kind above namespaces it is empty. */
export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
    const group = meantGroup(apiVersion, kind);
    const namespace = isNamespaced(group, kind) ? metadata.namespace || "default" : "";
    return { group, kind, namespace, name: metadata.name };
}

/** Of a kind that is read. */
export function refOfKind(kind: Kind, namespace: string, name: string): ObjectRef {
    return { group: GROUP_OF_KIND[kind], kind, namespace, name };
}

/** A mounted file, where findings name one as they name objects. */
export function fileRef(path: string): ObjectRef {
    return { group: "", kind: "File", namespace: "", name: path };
}

/** By which maps of objects go. A text of its own kind, so that nobody looks an object up by what messages call it. */
export type RefKey = string & { readonly refKey: unique symbol };

/** Equal for refs of one object, and for no others. Not to be shown. */
export function refKey({ group, kind, namespace, name }: ObjectRef): RefKey {
    return `${kind}\0${group}\0${namespace}/${name}` as RefKey;
}

export function isSameRef(a: ObjectRef, b: ObjectRef): boolean {
    return a.name === b.name && a.namespace === b.namespace && a.kind === b.kind && a.group === b.group;
}

/** `Gateway`; with its group where the kind alone means one of another: `Gateway.gateway.networking.k8s.io`. */
export function kindText({ group, kind }: Pick<ObjectRef, "group" | "kind">): string {
    const home = homeGroup(kind);
    return home === undefined || home === group || group === "" ? kind : `${kind}.${group}`;
}

/** Of a name that no cluster would take: in a log or a terminal it must not begin another line, or move the cursor. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const EVERY_CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** `Gateway istio-ingress/public`: how every message names an object. */
export function refText(ref: ObjectRef): string {
    const text = ref.namespace === "" ? `${kindText(ref)} ${ref.name}` : `${kindText(ref)} ${ref.namespace}/${ref.name}`;
    return CONTROL.test(text) ? text.replaceAll(EVERY_CONTROL, "?") : text;
}

/** The kind that an object is read as; undefined where it is none that is read, also where only its name is one's. */
export function readKind({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): Kind | undefined {
    return isKindOf(kind, groupOf(apiVersion)) ? kind : undefined;
}

/** Whether kind and group are those of a kind that is read. */
export function isKindOf(kind: string, group: string): kind is Kind {
    return isKindName(kind) && GROUP_OF_KIND[kind] === group;
}

/** Whether a kind that is read has this name. */
export function isKindName(kind: string): kind is Kind {
    return Object.hasOwn(GROUP_OF_KIND, kind);
}
