/** What an AuthorizationPolicy did to a request or a connection, or would have done, as figures and logs tell it. */
import type { Origin } from "./origin";

export interface PolicyMark {
    /** `would-…`: of a dry run. */
    readonly effect: "denied" | "audited" | "would-deny" | "would-allow";
    /** `ns/name`; `none`: there are policies that allow, and none of them did. */
    readonly policy: string;
    /** As Envoy names it: `ns[shop]-policy[deny]-rule[0]`, or `none`. */
    readonly rule: string;
}

/** Of a policy that could not be read, compiled or bound: it lets nobody in. */
export function refusalMark({ namespace, name }: Pick<Origin, "namespace" | "name">): PolicyMark {
    return { effect: "denied", policy: name === "" ? "none" : `${namespace}/${name}`, rule: "none" };
}

/** Of most requests. */
export const NO_MARKS: readonly PolicyMark[] = [];
