/** Where an entry came from, and what a finding about it begins with. */
import type { finding } from "../../istio/findings";
import type { ObjectRef } from "../../istio/types";

/** Where an entry came from: an object, and what of it. */
export interface Origin extends ObjectRef {
    /** `spec.http[2].match[0]`. */
    readonly field: string;
    readonly file?: string;
    readonly line?: number;
}

export function aboutOrigin(origin: Origin): Parameters<typeof finding>[1] {
    return {
        object: { group: origin.group, kind: origin.kind, namespace: origin.namespace, name: origin.name },
        field: origin.field,
        ...(origin.file === undefined ? {} : { place: { file: origin.file, line: origin.line ?? 1 } }),
    };
}
