/** What becomes of a request or connection that is logged: a line at a sink, or a record with an exporter. */
import type { Exporter } from "../otlp";
import type { FileLogEntry, OtlpLogEntry } from "../tables";
import type { ConnectionRecord, RequestRecord } from "../telemetry";
import { withShortValues } from "./format/escape";
import { lineFormat } from "./format/line";
import { otlpRecordFormat } from "./format/otlp-record";
import type { LineSink } from "./sink";

export interface LogOutput {
    request(record: RequestRecord): void;
    connection(record: ConnectionRecord): void;
    readonly wantsTls: boolean;
}

export function lineOutput({ format: settings }: FileLogEntry, sink: LineSink): LogOutput {
    const format = lineFormat(settings);
    return {
        request: (record) => {
            const line = format.request(record);
            sink.write(line.length > sink.maxLine ? withShortValues(sink.maxLine, line, () => format.request(record)) : line);
        },
        connection: (record) => {
            const line = format.connection(record);
            sink.write(line.length > sink.maxLine ? withShortValues(sink.maxLine, line, () => format.connection(record)) : line);
        },
        wantsTls: format.wantsTls,
    };
}

/** What the exporter has no room for it counts. */
export function recordOutput(entry: OtlpLogEntry, exporter: Exporter | undefined): LogOutput {
    const format = otlpRecordFormat(entry);
    return {
        request: (record) => exporter?.push(format.request(record)),
        connection: (record) => exporter?.push(format.connection(record)),
        wantsTls: format.wantsTls,
    };
}
