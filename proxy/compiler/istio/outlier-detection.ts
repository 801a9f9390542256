/** When endpoints are put aside for what they answer, as istiod has it (pilot networking/core, applyOutlierDetection). */
import type { OutlierDetection } from "../../../istio/types";
import type { Health } from "../routing/model/backends";
import { milliseconds } from "./route-policies";

/** Envoy's, where a rule has no word of it. */
const DEFAULT_CONSECUTIVE_5XX = 5;
const DEFAULT_LOCAL_FAILURES = 5;
const DEFAULT_INTERVAL_MS = 10_000;
const DEFAULT_EJECTION_MS = 30_000;
const DEFAULT_PERCENT = 10;

export function outlierOf(detection: OutlierDetection | undefined): Pick<Health, "outlier" | "panicPercent"> {
    if (detection === undefined) return {};
    const outlier: NonNullable<Health["outlier"]> = {
        consecutive5xx: detection.consecutive5xxErrors ?? DEFAULT_CONSECUTIVE_5XX,
        consecutiveGatewayErrors: detection.consecutiveGatewayErrors ?? 0,
        splitExternalLocalOriginErrors: detection.splitExternalLocalOriginErrors ?? false,
        consecutiveLocalOriginFailures: detection.consecutiveLocalOriginFailures || DEFAULT_LOCAL_FAILURES,
        errorStatuses: [...(detection.outlierDetectionHttpErrorCodes ?? [])].sort((a, b) => a - b),
        intervalMs: milliseconds(detection.interval) || DEFAULT_INTERVAL_MS,
        baseEjectionTimeMs: milliseconds(detection.baseEjectionTime) || DEFAULT_EJECTION_MS,
        maxEjectionPercent: detection.maxEjectionPercent || DEFAULT_PERCENT,
    };
    return { outlier, ...(detection.minHealthPercent ? { panicPercent: detection.minHealthPercent } : {}) };
}
