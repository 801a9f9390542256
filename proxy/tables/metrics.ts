/** What is counted by Istio's standard metrics, as Telemetry objects have it. */
import type { IstioMetricName } from "../../istio/semantics/standard-metrics";
import type { Origin } from "./origin";

export interface MetricsEntry {
    /** Always `default`. */
    readonly key: string;
    /** How often open connections and calls are reported. */
    readonly reportingMs: number;
    /** One that is not here is not counted. */
    readonly metrics: readonly IstioMetricEntry[];
}

export interface IstioMetricEntry {
    readonly metric: IstioMetricName;
    /** Those that are other than Istio's, by name. */
    readonly tags: readonly MetricTagEntry[];
}

export interface MetricTagEntry {
    readonly name: string;
    /** CEL; absent: the tag is left out. */
    readonly expression?: string;
    readonly origin: Origin;
}
