/** Why, of two objects that want one thing, the one that has it comes first: what a finding tells who does not get it. */
import type { ObjectPlace } from "./place";

/** What follows `which` in a sentence about the one that comes first; as Istio orders Gateways and VirtualServices. */
export function whyFirst(first: ObjectPlace, later: ObjectPlace): string {
    const [one, other] = [first.subject.source.object, later.subject.source.object];
    if (one.kind !== other.kind) return "comes first";
    if (first.subject.id === later.subject.id) return "comes first in the object";
    const [made, madeLater] = [one.metadata.creationTimestamp ?? "", other.metadata.creationTimestamp ?? ""];
    if (made !== madeLater) return made === "" ? "has no creationTimestamp and comes first" : "is older and comes first";
    return made === "" ? "comes first by name" : "is as old and comes first by name";
}
