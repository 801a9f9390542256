/** Istio's telemetry.istio.io/v1 Telemetry. */
import type { SpecObject } from "./object";

export interface AccessLogging {
    readonly match?: { readonly mode?: "CLIENT_AND_SERVER" | "CLIENT" | "SERVER" };
    readonly providers?: readonly { readonly name: string }[];
    readonly disabled?: boolean;
    /** CEL over request, response, connection, source, destination, upstream. */
    readonly filter?: { readonly expression: string };
}

export interface TelemetryMetrics {
    readonly providers?: readonly { readonly name: string }[];
    readonly overrides?: readonly MetricsOverride[];
    /** `5s`. */
    readonly reportingInterval?: string;
}
export interface MetricsOverride {
    readonly match?: {
        /** Absent with `customMetric` absent too: all of them. */
        readonly metric?: string;
        readonly customMetric?: string;
        readonly mode?: "CLIENT_AND_SERVER" | "CLIENT" | "SERVER";
    };
    readonly disabled?: boolean;
    readonly tagOverrides?: Readonly<Record<string, { readonly operation?: "UPSERT" | "REMOVE"; readonly value?: string }>>;
}

export interface Tracing {
    readonly match?: { readonly mode?: "CLIENT_AND_SERVER" | "CLIENT" | "SERVER" };
    readonly providers?: readonly { readonly name: string }[];
    readonly randomSamplingPercentage?: number;
    readonly disableSpanReporting?: boolean;
    readonly disableContextPropagation?: boolean;
    readonly customTags?: Readonly<Record<string, CustomTag>>;
    readonly enableIstioTags?: boolean;
    readonly useRequestIdForTraceSampling?: boolean;
}

export interface CustomTag {
    readonly literal?: { readonly value: string };
    readonly environment?: { readonly name: string; readonly defaultValue?: string };
    readonly header?: { readonly name: string; readonly defaultValue?: string };
    readonly formatter?: { readonly value: string };
}

export interface Telemetry {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetRef?: Readonly<Record<string, unknown>>;
    readonly targetRefs?: readonly Readonly<Record<string, unknown>>[];
    readonly accessLogging?: readonly AccessLogging[];
    readonly metrics?: readonly TelemetryMetrics[];
    readonly tracing?: readonly Tracing[];
}
export type TelemetryObject = SpecObject<"Telemetry", Telemetry>;
