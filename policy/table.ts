/** The one table of policy names. docs/policies.md is held equal to it by a test. */
import type { EnforcementLevel } from "@pulumi/policy";

export interface PolicyEntry {
    readonly enforcementLevel: EnforcementLevel;
    /** One sentence, ending with a period, as Pulumi shows it. */
    readonly description: string;
}

export const POLICY_TABLE = {
    "istio-object-valid": {
        enforcementLevel: "mandatory",
        description: "An object of Istio's has the fields, types and limits of its kind.",
    },
    "gateway-selector": {
        enforcementLevel: "mandatory",
        description: "A Gateway says by its selector which gateways serve it.",
    },
    "gateway-tls-minimum-version": {
        enforcementLevel: "mandatory",
        description: "A Gateway's servers speak TLS 1.2 or newer.",
    },
} as const satisfies Record<string, PolicyEntry>;

export type PolicyName = keyof typeof POLICY_TABLE;
