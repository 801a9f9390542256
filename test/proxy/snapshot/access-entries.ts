/** Entries of access for tests. */
import type {
    AccessEntry,
    AttributeTestEntry,
    AuthorizationPolicyEntry,
    AuthorizationRuleEntry,
    ValueTestEntry,
} from "../../../proxy/tables";

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

/** Its index is to be its place. */
export function rule(index: number, more: Partial<AuthorizationRuleEntry>): AuthorizationRuleEntry {
    return { field: `spec.rules[${index}]`, index, from: [], to: [], when: [], ...more };
}

export function test(
    attribute: AttributeTestEntry["attribute"],
    values: readonly ValueTestEntry[],
    notValues: readonly ValueTestEntry[] = [],
): AttributeTestEntry {
    return { attribute, values, notValues, field: "to[0].operation" };
}

export function exact(value: string, ignoreCase = false): ValueTestEntry {
    return { kind: "exact", value, ignoreCase };
}
