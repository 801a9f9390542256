/** Entries of access for tests. */
import { readAuthorization } from "../../../istio/semantics/authorization";
import type { AuthorizationPolicy } from "../../../istio/types";
import type { AccessEntry, AuthorizationPolicyEntry } from "../../../proxy/tables";

export function access(key: string, more: Partial<AccessEntry> = {}): AccessEntry {
    return { key, authentications: [], custom: [], audit: [], deny: [], allow: [], ...more };
}

/** `ns/name`, or a name in `shop`. */
export function policy(name: string, more: Partial<AuthorizationPolicyEntry> = {}): AuthorizationPolicyEntry {
    const [namespace = "", own = ""] = name.includes("/") ? name.split("/") : ["shop", name];
    const origin = { group: "security.istio.io", kind: "AuthorizationPolicy", namespace, name: own, field: "spec" };
    return {
        key: `${namespace}/${own}`,
        namespace,
        name: own,
        action: "DENY",
        dryRun: false,
        rules: [],
        connectionRules: [],
        origin,
        ...more,
    };
}

/** As it is compiled from what an AuthorizationPolicy says. */
export function policyOf(name: string, spec: AuthorizationPolicy, more: Partial<AuthorizationPolicyEntry> = {}): AuthorizationPolicyEntry {
    const bare = policy(name);
    const { rules, connectionRules } = readAuthorization(spec, bare.namespace, ["cluster.local"]);
    return { ...bare, action: spec.action ?? "ALLOW", rules, connectionRules, ...more };
}
