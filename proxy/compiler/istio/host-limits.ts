/**
 * What the hosts of a VirtualService take, as its annotation says. How long the body of a request may be that a rule is for: the object
 * says it that the rule is written in, and the one that delegates to it. Where both say something the smaller counts.
 */
import {
    bodyLimitOf,
    connectionLimitsOf,
    LIMITS_ANNOTATION,
    readHostLimits,
    type ConnectionLimits,
    type ReadHostLimits,
} from "../../../istio/semantics";
import type { Placed } from "../../resources/model";
import { annotationText } from "../context/place";
import type { EffectiveRoute } from "./effective-routes";

/** Undefined: nobody has said. A text: what is said can't be read, so that the rule can't be served. */
export function bodyLimit({ owner: own, name: ownName, root }: EffectiveRoute): number | string | undefined {
    let least: number | undefined;
    for (const { owner, name } of root ? [{ owner: own, name: ownName }, root] : [{ owner: own, name: ownName }]) {
        const read = limitsOf(owner);
        if (read === undefined) continue;
        if ("fault" in read) return `its limits can't be read: ${read.fault}`;
        const limit = bodyLimitOf(read.limits, name);
        if (limit !== undefined) least = Math.min(limit, least ?? limit);
    }
    return least;
}

/** Of connections that are passed on. A text: what is said can't be read, so that none is. */
export function connectionLimit(owner: Placed<"VirtualService">): ConnectionLimits | string | undefined {
    const read = limitsOf(owner);
    if (read === undefined) return undefined;
    return "fault" in read ? `its limits can't be read: ${read.fault}` : connectionLimitsOf(read.limits);
}

/** Once an object, however many rules it has. */
const known = new WeakMap<object, ReadHostLimits>();

function limitsOf(owner: Placed<"VirtualService">): ReadHostLimits | undefined {
    const text = annotationText(owner, LIMITS_ANNOTATION);
    if (text === undefined) return undefined;
    const { source } = owner;
    let read = known.get(source);
    if (read === undefined) known.set(source, (read = readHostLimits(text)));
    return read;
}
