/** The one table of policies. docs/policies.md is held equal to it by a test. */
import type { ParameterValues } from "../parameters";
import { ACCESS_POLICIES } from "./access";
import { CERTIFICATE_POLICIES } from "./certificates";
import type { PolicyEntry } from "./entry";
import { GATEWAY_POLICIES } from "./gateways";
import { ROUTE_POLICIES } from "./routes";
import { WORKLOAD_POLICIES } from "./workloads";

export const POLICY_TABLE = {
    ...GATEWAY_POLICIES,
    ...ACCESS_POLICIES,
    ...CERTIFICATE_POLICIES,
    ...WORKLOAD_POLICIES,
    ...ROUTE_POLICIES,
} as const;

export type PolicyName = keyof typeof POLICY_TABLE;
export type ParametersOf<N extends PolicyName> = ParameterValues<
    (typeof POLICY_TABLE)[N] extends { readonly parameters: infer P } ? P : undefined
>;

export const POLICY_NAMES = Object.keys(POLICY_TABLE) as readonly PolicyName[];

/** The entry without the knowledge of which it is. */
export function entryOf(name: PolicyName): PolicyEntry {
    return POLICY_TABLE[name];
}
