/** CUSTOM policies with who decides, bound. */
import type { AuthorizationPolicyEntry, ExternalProviderEntry } from "../../tables";

export interface BoundExternal {
    readonly policies: readonly AuthorizationPolicyEntry[];
}

/** Undefined: nobody else is asked. */
export function bindExternal(
    policies: readonly AuthorizationPolicyEntry[],
    _providers: ReadonlyMap<string, ExternalProviderEntry>,
): BoundExternal | undefined {
    return policies.length === 0 ? undefined : { policies };
}
