/** `envoyOtelAls`: records at a collector of OpenTelemetry, over gRPC (Istio pilot/pkg/model/telemetry_logging.go). */
import { DEFAULT_TEXT_FORMAT, isJsonFormat } from "../log-format";
import type { Settings } from "../provider-settings";
import { readService, type ServiceSettings } from "./service";

export const OTEL_LOG_KIND = "envoyOtelAls";

export interface OtelLogSettings extends ServiceSettings {
    readonly kind: "otel-log";
    /** Empty: none is said. */
    readonly logName: string;
    /** Of the body of a record. */
    readonly text: string;
    /** Its attributes: names and formats, in the order of the names. */
    readonly labels: readonly (readonly [name: string, format: string])[];
}

export function readOtelLog(given: Settings): OtelLogSettings {
    const logName = given.text("logName", "");
    const format = given.has("logFormat") ? given.inner("logFormat") : undefined;
    return {
        kind: "otel-log",
        ...readService(given),
        logName,
        text: format?.text("text", "") || DEFAULT_TEXT_FORMAT,
        labels: format?.has("labels") ? readLabels(format) : [],
    };
}

/** What is no text is an empty one, as Istio has it. */
function readLabels(format: Settings): OtelLogSettings["labels"] {
    const labels = format.raw("labels");
    if (typeof labels !== "object" || labels === null || Array.isArray(labels) || !isJsonFormat(labels)) {
        format.fault("labels", "is no mapping of names to formats");
        return [];
    }
    const names = Object.keys(labels).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const values = labels as Readonly<Record<string, unknown>>;
    return names.map((name) => {
        const value = values[name];
        return [name, typeof value === "string" ? value : ""] as const;
    });
}
