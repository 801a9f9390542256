/**
 * A Service that has never been good since an annotation that restricts can't be read. It is what opens the gateway's ports all
 * the same, and its annotation stands: what serves refuses whatever would be under it.
 */
import type { Place } from "../../istio/findings";
import { GATEWAY_OPTIONS_ANNOTATION, MAX_CONCURRENT_ANNOTATION, RATE_LIMIT_ANNOTATION } from "../../istio/semantics";
import type { KubeObject } from "../../istio/types";
import { validateObject } from "../../istio/validation";
import type { PlacedObject } from "./placed-object";

const RESTRICTING: readonly string[] = [RATE_LIMIT_ANNOTATION, MAX_CONCURRENT_ANNOTATION, GATEWAY_OPTIONS_ANNOTATION];

/** Undefined: something else is wrong with it too. */
export function closedService(object: KubeObject, place: Place | undefined): PlacedObject | undefined {
    const { annotations } = object.metadata;
    if (object.kind !== "Service" || annotations === undefined || !RESTRICTING.some((name) => annotations[name] !== undefined))
        return undefined;
    const others = Object.fromEntries(Object.entries(annotations).filter(([name]) => !RESTRICTING.includes(name)));
    const { object: valid } = validateObject({ ...object, metadata: { ...object.metadata, annotations: others } }, {});
    if (valid === undefined) return undefined;
    return {
        object: { ...valid, metadata: { ...valid.metadata, annotations } },
        isClosed: true,
        ...(place ? { place } : {}),
    };
}
