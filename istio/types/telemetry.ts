/** Istio's telemetry.istio.io/v1 Telemetry. Gatehouse reads accessLogging; metrics and tracing pass through. */
import type { SpecObject } from "./object";

export interface AccessLogging {
    readonly match?: { readonly mode?: "CLIENT_AND_SERVER" | "CLIENT" | "SERVER" };
    readonly providers?: readonly { readonly name: string }[];
    readonly disabled?: boolean;
    /** CEL over request, response, connection, source, destination, upstream. */
    readonly filter?: { readonly expression: string };
}
export interface Telemetry {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly targetRef?: Readonly<Record<string, unknown>>;
    readonly targetRefs?: readonly Readonly<Record<string, unknown>>[];
    readonly accessLogging?: readonly AccessLogging[];
    readonly metrics?: readonly unknown[];
    readonly tracing?: readonly unknown[];
}
export type TelemetryObject = SpecObject<"Telemetry", Telemetry>;
