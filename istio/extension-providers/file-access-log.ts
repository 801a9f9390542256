/** `envoyFileAccessLog`: lines in a file, or on standard output. */
import { jsonFormat, textFormat, type LogFormatSettings } from "../log-format";
import type { Settings } from "../provider-settings";
import { readLabels } from "./labels";

export const FILE_LOG_KIND = "envoyFileAccessLog";

export interface FileLogSettings {
    readonly kind: "file-log";
    readonly path: string;
    /** Undefined: nothing is said of it, so that of a provider `envoy` the mesh's configuration counts. */
    readonly format: LogFormatSettings | undefined;
}

const STDOUT = "/dev/stdout";

export function readFileLog(given: Settings): FileLogSettings {
    const path = given.text("path", "") || STDOUT;
    if (!path.startsWith("/") || path.includes("\0")) given.fault("path", "is no absolute path of a file");
    const omitEmpty = given.flag("omitEmptyValues");
    const format = given.has("logFormat") ? readFormat(given.inner("logFormat"), omitEmpty) : undefined;
    return { kind: "file-log", path, format: format ?? (omitEmpty ? textFormat("", true) : undefined) };
}

function readFormat(given: Settings, omitEmpty: boolean): LogFormatSettings | undefined {
    if (given.has("text") && given.has("labels")) given.fault("", "has text and labels, of which a format has one");
    if (given.has("labels")) return jsonFormat(readLabels(given), omitEmpty);
    return given.has("text") ? textFormat(given.text("text", ""), omitEmpty) : undefined;
}
