/** Access logs, as workers write them: one for each provider that is asked. */
import type { LogFormatSettings } from "../../istio/log-format";
import type { CollectorEntry } from "./collectors";
import type { Origin } from "./origin";

/** Lines in a file that every worker appends to, `/dev/stdout` among them. */
export interface FileLogEntry {
    readonly kind: "file";
    readonly path: string;
    readonly format: LogFormatSettings;
}

/** Records at a collector of OTLP. */
export interface OtlpLogEntry {
    readonly kind: "otlp";
    readonly collector: CollectorEntry;
    /** The format of a record's body. */
    readonly text: string;
    /** Names and formats of its attributes. */
    readonly attributes: readonly (readonly [name: string, format: string])[];
}

export interface AccessLogEntry {
    /** The provider's name in lower case; of the mesh's own log `accessLogFile`. */
    readonly key: string;
    readonly to: FileLogEntry | OtlpLogEntry;
    /** CEL; empty: every request. */
    readonly filter: string;
    /** Who asks for it: a Telemetry's entry, or the mesh's configuration. */
    readonly origin: Origin;
    /** Where the filter is said; absent: it has none. */
    readonly filterOrigin?: Origin;
}
