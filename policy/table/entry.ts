/** What the table says of a policy. */
import type { ParameterSchemas } from "../parameters";

export type EnforcementLevel = "advisory" | "mandatory" | "remediate" | "disabled";
export type Severity = "low" | "medium" | "high" | "critical";

export interface PolicyEntry {
    readonly enforcementLevel: EnforcementLevel;
    readonly severity: Severity;
    /** One sentence, ending with a period, as Pulumi shows it. */
    readonly description: string;
    readonly parameters?: ParameterSchemas;
    /** What the level `remediate` changes; without it there is no one safe answer. */
    readonly remediation?: string;
}
