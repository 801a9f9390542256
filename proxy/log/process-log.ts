/** The process log: one JSON line an event, on stderr. stdout belongs to the access log. */
import pino, { type Logger } from "pino";
import { findingText, type Finding } from "../../istio/findings";
import { LineWriter, nonBlocking } from "./line-writer";

export function createProcessLog(fields: Readonly<Record<string, unknown>> = {}): Logger {
    const base = { pid: process.pid, ...fields };
    const lost = (lines: number): string =>
        `${JSON.stringify({ level: "warn", time: new Date().toISOString(), ...base, lines, msg: "lines of this log were lost: stderr could not be written" })}\n`;
    // Whoever reads the log may stall, and the disk below it may be full: neither is a reason to stop serving.
    return pino(
        { base, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
        new LineWriter(nonBlocking(2), lost),
    );
}

/** Logs each finding once when it appears and once when it is gone. */
export class FindingLog {
    readonly #log: Logger;
    readonly #known = new Map<string, Finding>();
    #last: readonly Finding[] = [];

    constructor(log: Logger) {
        this.#log = log;
    }

    /** `findings` are all that hold now. */
    update(findings: readonly Finding[]): void {
        if (findings === this.#last) return;
        this.#last = findings;
        const now = new Map(findings.map((f) => [findingText(f), f]));
        for (const [text, f] of now) if (!this.#known.has(text)) this.#report(text, f);
        for (const [text, f] of this.#known) {
            if (!now.has(text)) this.#log.info({ code: f.code, object: f.object, field: f.field, text }, "finding resolved");
        }
        this.#known.clear();
        for (const [text, f] of now) this.#known.set(text, f);
    }

    #report(text: string, f: Finding): void {
        const fields = { code: f.code, object: f.object, field: f.field, place: f.place, fix: f.fix, text };
        switch (f.level) {
            case "Error":
                this.#log.error(fields, f.message);
                break;
            case "Warning":
                this.#log.warn(fields, f.message);
                break;
            case "Info":
                this.#log.info(fields, f.message);
                break;
            default:
                f.level satisfies never;
        }
    }
}
