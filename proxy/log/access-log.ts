/**
 * The access log of a worker, on stdout, which all workers share. Off unless an entry of the tables turns it on. Lines
 * are batched and written without waiting; a reader that stalls loses lines and never holds a request up.
 */
import pino from "pino";
import type { AccessLogEntry } from "../tables";
import type { ExchangeRecord, ExchangeSink } from "../exchange";
import type { ConnectionRecord, ConnectionSink } from "../listeners";
import { connectionLine, exchangeLine, type LineFormat } from "./access-line";

/** PIPE_BUF: a write up to this size is not mixed with another worker's. */
const WRITE_BYTES = 4096;
/** A batch is written when it is so long, or after the flush time. */
const BATCH_BYTES = 3072;
const FLUSH_MS = 200;
/** What waits for a stalled reader at most. */
const WAITING_BYTES = 8 * 1024 * 1024;

/** Where lines go. */
export interface LineWriter {
    write(line: string): void;
    flushSync(): void;
}

export class AccessLog implements ExchangeSink, ConnectionSink {
    readonly #open: (onDrop: () => void) => LineWriter;
    #writer: LineWriter | undefined;
    #format: LineFormat | undefined;
    dropped = 0;

    constructor(open: (onDrop: () => void) => LineWriter = openStdout) {
        this.#open = open;
    }

    /** Undefined turns it off. */
    configure(entry: AccessLogEntry | undefined): void {
        this.#format = entry?.format;
        if (entry) this.#writer ??= this.#open(() => { this.dropped++; });
    }

    finished(record: ExchangeRecord): void {
        if (this.#format !== undefined) this.#writer!.write(exchangeLine(record, this.#format));
    }

    connectionFinished(record: ConnectionRecord): void {
        if (this.#format !== undefined) this.#writer!.write(connectionLine(record, this.#format));
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

function openStdout(onDrop: () => void): LineWriter {
    const destination = pino.destination({
        fd: 1, sync: false, minLength: BATCH_BYTES, maxWrite: WRITE_BYTES, maxLength: WAITING_BYTES, periodicFlush: FLUSH_MS,
    });
    destination.on("drop", onDrop);
    destination.on("error", onDrop);
    return destination;
}
