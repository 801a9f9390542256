/** Who may pass, as requests and connections are asked by it. */
import type { AccessEntry, RefusalEntry } from "../../tables";
import type { BoundAuthentication } from "./authentication";
import type { BoundAuthorization, BoundDecision } from "./authorization";
import type { BoundExternal } from "./external";

/** Each part is undefined where nothing is asked. */
export interface BoundAccess {
    readonly entry: AccessEntry;
    readonly authentication: BoundAuthentication | undefined;
    readonly external: BoundExternal | undefined;
    readonly authorization: BoundAuthorization | undefined;
    /** Of connections that are passed on as they are. */
    readonly connections: BoundDecision | undefined;
    /** It could not be bound. */
    readonly refusal: RefusalEntry | undefined;
}

/** Nobody is let in, and no policy is to be named for it. */
export function closedAccess(entry: AccessEntry): BoundAccess {
    return {
        entry,
        authentication: undefined,
        external: undefined,
        authorization: undefined,
        connections: undefined,
        refusal: UNBOUND,
    };
}

const UNBOUND: RefusalEntry = {
    detail: "rbac_access_denied_matched_policy[none]",
    origin: { group: "security.istio.io", kind: "AuthorizationPolicy", namespace: "", name: "", field: "" },
};

/** Undefined: none is named, and everybody is let in. One that is named and is not there lets nobody in. */
export function accessNamed(key: string | undefined, bound: ReadonlyMap<string, BoundAccess>): BoundAccess | undefined {
    return key === undefined ? undefined : (bound.get(key) ?? NOBODY);
}

const NOBODY: BoundAccess = closedAccess({ key: "", authentications: [], custom: [], audit: [], deny: [], allow: [] });
