/** `envoyOtelAls`: records at a collector of OpenTelemetry, over gRPC (Istio pilot/pkg/model/telemetry_logging.go). */
import { DEFAULT_TEXT_FORMAT, namesInOrder } from "../log-format";
import type { Settings } from "../provider-settings";
import { readLabels } from "./labels";
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
        labels: format?.has("labels") ? textLabels(format) : [],
    };
}

/** What is no text is an empty one, as Istio has it. */
function textLabels(format: Settings): OtelLogSettings["labels"] {
    const labels = readLabels(format) ?? {};
    return namesInOrder(labels).map((name) => {
        const value = labels[name];
        return [name, typeof value === "string" ? value : ""] as const;
    });
}
