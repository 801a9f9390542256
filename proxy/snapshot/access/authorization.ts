/** AuthorizationPolicies that say by themselves who may pass, bound. */
import type { AuthorizationPolicyEntry } from "../../tables";

export interface BoundAuthorization {
    readonly audit: readonly AuthorizationPolicyEntry[];
    readonly deny: readonly AuthorizationPolicyEntry[];
    readonly allow: readonly (readonly AuthorizationPolicyEntry[])[];
}

/** Undefined: everybody is let in, and nothing is told. */
export function bindAuthorization(
    audit: readonly AuthorizationPolicyEntry[],
    deny: readonly AuthorizationPolicyEntry[],
    allow: readonly (readonly AuthorizationPolicyEntry[])[],
): BoundAuthorization | undefined {
    return audit.length === 0 && deny.length === 0 && allow.length === 0 ? undefined : { audit, deny, allow };
}
