/** Access logs of tests: entries of the tables, and a log whose lines are kept. */
import { jsonFormat, textFormat, type LogFormatSettings } from "../../istio/log-format";
import { AccessLog, type LineSink } from "../../proxy/log";
import type { AccessLogEntry } from "../../proxy/tables";
import { ORIGIN } from "./front";

export const TEXT = textFormat("", false);
export const JSON_LINES = jsonFormat(undefined, false);

export function logEntry(format: LogFormatSettings = TEXT, filter = "", key = "envoy"): AccessLogEntry {
    return { key, to: { kind: "file", path: `/dev/${key}`, format }, filter, origin: ORIGIN };
}
export const TEXT_LOG = logEntry();

export function entriesOf(...entries: readonly AccessLogEntry[]): ReadonlyMap<string, AccessLogEntry> {
    return new Map(entries.map((entry) => [entry.key, entry]));
}

export class KeptLines implements LineSink {
    readonly lines: string[] = [];
    maxLine = Number.POSITIVE_INFINITY;
    readonly dropped = 0;
    readonly problem = "";

    write(line: string): void {
        this.lines.push(line);
    }

    flushSync(): void {}
    reopen(): void {}
    close(): void {}
}

/** What is written by a log of this format. */
export function logged(format: LogFormatSettings, write: (log: AccessLog) => void, filter = ""): string {
    const sink = new KeptLines();
    const log = new AccessLog(undefined, () => sink);
    log.configure(entriesOf(logEntry(format, filter)));
    write(log);
    return sink.lines.join("");
}
