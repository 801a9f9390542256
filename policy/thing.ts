/** What a resource describes: a Kubernetes object with its group, kind and name, or a thing of another provider. */
import { groupOf, refOfUnknown, refText } from "../istio";
import type { Resource } from "./resource";
import { at, text, UNKNOWN, type Mapping } from "./values";

export interface Thing {
    readonly resource: Resource;
    /** Of the apiVersion; empty for Kubernetes' core, undefined where it is no Kubernetes object. */
    readonly group: string | undefined;
    /** The kind, or the last part of another provider's type. */
    readonly kind: string;
    readonly name: string | typeof UNKNOWN;
    readonly namespace: string | typeof UNKNOWN;
    /** `Gateway shop/edge`: how every message names it. */
    readonly title: string;
    /** The object itself: its inputs, or where only those are known its outputs. */
    readonly value: Mapping;
}

/** A patch is a part of an object, and a list of objects is none. */
const PART = /(?:Patch|List)$/;

function nameOf(value: unknown, otherwise: string): string | typeof UNKNOWN {
    return value === UNKNOWN ? UNKNOWN : text(value) || otherwise;
}

export function thingOf(resource: Resource): Thing {
    const value = (resource.inputs ?? resource.outputs)?.values ?? {};
    const version = text(at(value, "apiVersion"));
    const kind = text(at(value, "kind"));
    if (!resource.type.startsWith("kubernetes:") || PART.test(resource.type) || version === undefined || kind === undefined) {
        const type = resource.type.split(":").at(-1) ?? "";
        return { resource, group: undefined, kind: type, name: resource.name, namespace: "", title: `${type} ${resource.name}`, value };
    }
    const ref = refOfUnknown(value);
    return {
        resource,
        kind,
        value,
        group: groupOf(version),
        name: nameOf(at(value, "metadata", "name"), resource.name),
        namespace: nameOf(at(value, "metadata", "namespace"), "default"),
        title: ref ? refText({ ...ref, name: ref.name === "" ? resource.name : ref.name }) : `${kind} ${resource.name}`,
    };
}

export function isKind(thing: Thing, group: string, ...kinds: readonly string[]): boolean {
    return thing.group === group && kinds.includes(thing.kind);
}

export const NETWORKING = "networking.istio.io";

/** What is wrong with one thing. */
export interface PolicyFault {
    readonly thing: Thing;
    /** A sentence that names the thing. */
    readonly message: string;
}

export function fault(thing: Thing, field: string, message: string): PolicyFault {
    return { thing, message: `${thing.title}${field === "" ? "" : ` ${field}`} ${message}` };
}
