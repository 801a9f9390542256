/**
 * The access log of a worker, on stdout, which all workers share. Off unless an entry of the tables turns it on. Lines
 * are batched and written without waiting; a reader that stalls loses lines and never holds a request up.
 */
import pino from "pino";
import type { AccessLogEntry } from "../tables";
import type { ConnectionRecord, Observer, RequestRecord } from "../telemetry";
import { connectionLine, requestLine, type LineFormat } from "./access-line";
import { compileFilter, type Filter } from "./filter";

/** PIPE_BUF: a write up to this size is not mixed with another worker's. */
const WRITE_BYTES = 4096;
/** A batch is written when it is so long, or after the flush time. */
const BATCH_BYTES = 3072;
const FLUSH_MS = 200;
/** What waits for a stalled reader at most. */
const WAITING_BYTES = 8 * 1024 * 1024;

/** Where lines go. */
export interface LineSink {
    write(line: string): void;
    flushSync(): void;
}

export class AccessLog implements Observer {
    readonly #open: (onDrop: () => void) => LineSink;
    #writer: LineSink | undefined;
    #format: LineFormat | undefined;
    #filter: Filter | undefined;
    #source = "";
    dropped = 0;
    /** Why the filter is not applied, so that everything is logged; empty: it is. */
    problem = "";

    constructor(open: (onDrop: () => void) => LineSink = openStdout) {
        this.#open = open;
    }

    /** Undefined turns it off. */
    configure(entry: AccessLogEntry | undefined): void {
        this.#format = entry?.format;
        const source = entry?.filter ?? "";
        if (source !== this.#source) {
            this.#source = source;
            const filter = source === "" ? undefined : compileFilter(source);
            this.problem = typeof filter === "string" ? filter : "";
            this.#filter = typeof filter === "string" ? undefined : filter;
        }
        if (entry)
            this.#writer ??= this.#open(() => {
                this.dropped++;
            });
    }

    requestFinished(record: RequestRecord): void {
        if (this.#format === undefined || (this.#filter && !this.#filter.request(record))) return;
        this.#writer!.write(requestLine(record, this.#format));
    }

    tcpClosed(record: ConnectionRecord): void {
        if (this.#format === undefined || (this.#filter && !this.#filter.connection(record))) return;
        this.#writer!.write(connectionLine(record, this.#format));
    }

    connectionRefused(record: ConnectionRecord): void {
        this.tcpClosed(record);
    }

    /** Before the process ends. */
    flush(): void {
        try {
            this.#writer?.flushSync();
        } catch {
            // The reader is gone: nobody misses the lines.
        }
    }
}

function openStdout(onDrop: () => void): LineSink {
    const destination = pino.destination({
        fd: 1,
        sync: false,
        minLength: BATCH_BYTES,
        maxWrite: WRITE_BYTES,
        maxLength: WAITING_BYTES,
        periodicFlush: FLUSH_MS,
    });
    destination.on("drop", onDrop);
    destination.on("error", onDrop);
    return destination;
}
