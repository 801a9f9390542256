/** Workloads outside Kubernetes, as networking.istio.io/v1 names them: one of them, and what many of them have in common. */
import type { SpecObject } from "./object";

/** An endpoint of a ServiceEntry, where it stands in one; of a kind of its own, where it is selected by its labels. */
export interface WorkloadEntry {
    readonly address?: string;
    readonly ports?: Readonly<Record<string, number>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly network?: string;
    readonly locality?: string;
    readonly weight?: number;
    readonly serviceAccount?: string;
}
export interface WorkloadEntryObject extends SpecObject<"WorkloadEntry", WorkloadEntry> {
    readonly status?: { readonly conditions?: readonly StatusCondition[] };
}

/** The state of one thing, as Kubernetes and Istio write it into `status.conditions`. */
export interface StatusCondition {
    readonly type?: string;
    /** `True`, `False`, `Unknown`. */
    readonly status?: string;
}

/** What the WorkloadEntries that register themselves are made of. */
export interface WorkloadGroup {
    readonly metadata?: {
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
    };
    readonly template: WorkloadEntry;
    readonly probe?: Readonly<Record<string, unknown>>;
}
export type WorkloadGroupObject = SpecObject<"WorkloadGroup", WorkloadGroup>;
