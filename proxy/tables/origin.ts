/** What a finding about an entry begins with. */
import type { finding } from "../../istio/findings";
import type { Origin } from "./entries";

export function aboutOrigin(origin: Origin): Parameters<typeof finding>[1] {
    return {
        object: { group: origin.group, kind: origin.kind, namespace: origin.namespace, name: origin.name },
        field: origin.field,
        ...(origin.file === undefined ? {} : { place: { file: origin.file, line: origin.line ?? 1 } }),
    };
}
