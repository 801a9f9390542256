/**
 * Where lines go: standard output, or a file that all workers append to. Batches are written without waiting; a reader that
 * stalls, a full disk or a folder that is not there loses lines, which are counted, and never holds a request up. What was in
 * the way is told, and lines are written again once it is gone.
 */
import { closeSync, constants, fstatSync, openSync, write, writeSync } from "node:fs";
import { Batches } from "./batches";
import { nonBlocking, type WriteNow } from "./line-writer";

/** PIPE_BUF: a write up to this size is not mixed with another worker's. */
const PIPE_BYTES = 4096;
/** A batch is written when it is so long, or after the flush time. */
const BATCH_BYTES = 3072;
const FILE_BATCH_BYTES = 64 * 1024;
const FLUSH_MS = 200;
/** What waits for a stalled reader at most. */
const WAITING_BYTES = 8 * 1024 * 1024;
/** After a fault. */
const RETRY_MS = 1_000;
const FULL_PIPE_MS = 50;
const LINE_END = Buffer.from("\n");

/** What a destination of lines is to the log. */
export interface LineSink {
    /** A line longer than that may be mixed with others. */
    readonly maxLine: number;
    write(line: string): void;
    flushSync(): void;
    /** The file was moved away: the next line is in a new one. */
    reopen(): void;
    close(): void;
    /** Lines that were lost. */
    readonly dropped: number;
    /** Why lines are lost now; empty: they are not. */
    readonly problem: string;
}

const DESCRIPTORS: ReadonlyMap<string, number> = new Map([
    ["/dev/stdout", 1],
    ["/dev/stderr", 2],
    ["/dev/fd/1", 1],
    ["/dev/fd/2", 2],
]);

/** `onChange`: the problem is another one now. */
export function openSink(path: string, onChange: () => void): LineSink {
    return new FileSink(path, onChange);
}

class FileSink implements LineSink {
    readonly #path: string;
    readonly #onChange: () => void;
    readonly #batches = new Batches(FILE_BATCH_BYTES);
    #fd = -1;
    /** Of a pipe or a terminal, which takes at once what it takes; undefined: a file, whose disk may take its time. */
    #writeNow: WriteNow | undefined;
    #isWriting = false;
    /** What a full pipe did not take yet. */
    #stalled: Buffer | undefined;
    /** The last that was written is a part of a line whose rest is lost. */
    #isTorn = false;
    #isClosed = false;
    #wantsReopen = false;
    #timer: NodeJS.Timeout | undefined;
    readonly #onTimer = (): void => {
        this.#timer = undefined;
        this.#flush();
    };
    maxLine = Number.POSITIVE_INFINITY;
    dropped = 0;
    problem = "";

    constructor(path: string, onChange: () => void) {
        this.#path = path;
        this.#onChange = onChange;
        this.#open();
    }

    write(line: string): void {
        const batches = this.#batches;
        if (batches.waiting + line.length > WAITING_BYTES) {
            this.dropped++;
            return;
        }
        batches.add(line, this.#isWriting);
        if (this.#isWriting) return;
        if (batches.waiting >= batches.size && this.problem === "") this.#flush();
        else this.#later(this.problem === "" ? FLUSH_MS : RETRY_MS);
    }

    reopen(): void {
        if (DESCRIPTORS.has(this.#path)) return;
        this.#wantsReopen = true;
        this.#flush();
        if (!this.#isWriting) this.#reopenNow();
    }

    flushSync(): void {
        try {
            if (this.#fd === -1) return;
            // What is being written is a file's, and is with the system already; of a pipe its rest comes first.
            const rest = this.#batches.all(this.#isWriting);
            const bytes = Buffer.concat(this.#stalled === undefined ? rest : [this.#stalled, ...rest]);
            writePatiently(this.#writeNow ?? ((part) => writeSync(this.#fd, part)), bytes);
            this.#batches.clear();
        } catch {
            // The reader is gone: nobody misses the lines.
        }
    }

    close(): void {
        this.#isClosed = true;
        this.#flush();
        if (!this.#isWriting) this.#shut();
    }

    #later(milliseconds: number): void {
        this.#timer ??= setTimeout(this.#onTimer, milliseconds).unref();
    }

    #open(): void {
        try {
            const own = DESCRIPTORS.get(this.#path);
            // A pipe that nobody reads must not hold the process.
            this.#fd =
                own ?? openSync(this.#path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK, 0o644);
            const kind = fstatSync(this.#fd);
            const isFile = kind.isFile();
            const fd = this.#fd;
            this.#writeNow = isFile ? undefined : own === undefined ? (bytes) => writeSync(fd, bytes) : nonBlockingOnce(own);
            this.maxLine = isFile ? Number.POSITIVE_INFINITY : PIPE_BYTES;
            this.#batches.size = isFile ? FILE_BATCH_BYTES : BATCH_BYTES;
            // A pipe's new reader has not seen the part, and a new file has not got it.
            this.#isTorn &&= isFile && kind.size > 0;
        } catch (error) {
            this.#fd = -1;
            this.#failed(error);
        }
    }

    #flush(): void {
        if (this.#isWriting) return;
        if (this.#fd === -1) this.#open();
        const { first } = this.#batches;
        if (this.#fd === -1) return this.#dropAll();
        if (first === undefined) return;
        this.#isWriting = true;
        this.#send(this.#isTorn ? Buffer.concat([LINE_END, first]) : first);
    }

    #send(bytes: Buffer): void {
        if (this.#writeNow !== undefined) return this.#sendNow(this.#writeNow, bytes);
        write(this.#fd, bytes, 0, bytes.length, null, (error, count) => {
            if (error) return this.#writeFailed(error, bytes);
            if (count < bytes.length) {
                this.#isTorn = true;
                return this.#send(bytes.subarray(count));
            }
            this.#isTorn = false;
            this.#written();
        });
    }

    #sendNow(writeNow: WriteNow, bytes: Buffer): void {
        let at = 0;
        try {
            while (at < bytes.length) {
                at += writeNow(at === 0 ? bytes : bytes.subarray(at));
                this.#isTorn = at < bytes.length;
            }
        } catch (error) {
            this.#writeFailed(error as NodeJS.ErrnoException, bytes.subarray(at));
            return;
        }
        this.#written();
    }

    #written(): void {
        this.#batches.takeFirst();
        if (this.problem !== "") {
            this.problem = "";
            this.#onChange();
        }
        this.#goOn();
    }

    #writeFailed(error: NodeJS.ErrnoException, bytes: Buffer): void {
        if (error.code === "EAGAIN") {
            this.#stalled = bytes;
            setTimeout(() => {
                this.#stalled = undefined;
                this.#send(bytes);
            }, FULL_PIPE_MS).unref();
            return;
        }
        this.#failed(error);
        // Whole lines of the batch may have been written before.
        this.#batches.boundFirst(linesIn(bytes));
        this.#dropAll();
        if (!DESCRIPTORS.has(this.#path)) this.#shut();
        this.#isWriting = false;
        if (this.#isClosed) this.#shut();
    }

    #goOn(): void {
        this.#isWriting = false;
        if (this.#wantsReopen) this.#reopenNow();
        if (this.#isClosed && this.#batches.count === 0) return this.#shut();
        const { waiting, size, count } = this.#batches;
        if (waiting >= size || this.#isClosed || count > 1) this.#flush();
        else if (count > 0) this.#later(FLUSH_MS);
    }

    #reopenNow(): void {
        this.#wantsReopen = false;
        this.#shut();
        this.#open();
    }

    #shut(): void {
        const fd = this.#fd;
        this.#fd = -1;
        if (fd === -1 || DESCRIPTORS.has(this.#path)) return;
        try {
            closeSync(fd);
        } catch {
            // It was not open any more.
        }
    }

    /** What waits now is lost; what comes later may not be. */
    #dropAll(): void {
        this.dropped += this.#batches.clear();
    }

    #failed(error: unknown): void {
        const problem = error instanceof Error ? reasonOf(error) : String(error);
        if (problem === this.problem) return;
        this.problem = problem;
        this.#onChange();
    }
}

function linesIn(bytes: Buffer): number {
    let lines = 0;
    for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
    return lines;
}

const REASONS: Readonly<Record<string, string>> = {
    ENOSPC: "the disk is full (ENOSPC)",
    EDQUOT: "the quota of the disk is used up (EDQUOT)",
    EPIPE: "nobody reads it any more (EPIPE)",
    ENXIO: "nobody reads the pipe (ENXIO)",
    ENOENT: "its folder is not there (ENOENT)",
    EACCES: "it may not be written (EACCES)",
    EPERM: "it may not be written (EPERM)",
    EROFS: "the file system is read-only (EROFS)",
    EISDIR: "it is a folder (EISDIR)",
    EFBIG: "the file is as large as files may be (EFBIG)",
};

function reasonOf(error: Error): string {
    const { code = "" } = error as NodeJS.ErrnoException;
    return REASONS[code] ?? (code === "" ? error.message : `it can't be written (${code})`);
}

/** How long the process's end waits for a reader that takes nothing. */
const PATIENCE_MS = 1_000;
const PAUSE_MS = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

function writePatiently(writeNow: WriteNow, bytes: Buffer): void {
    for (let at = 0, waited = 0; at < bytes.length && waited < PATIENCE_MS; ) {
        try {
            at += writeNow(bytes.subarray(at));
            waited = 0;
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
            Atomics.wait(pause, 0, 0, PAUSE_MS);
            waited += PAUSE_MS;
        }
    }
}

/** One way to write for all logs of a process: each opens the descriptor once more. */
const opened = new Map<number, WriteNow>();

function nonBlockingOnce(fd: number): WriteNow {
    let writeNow = opened.get(fd);
    if (writeNow === undefined) opened.set(fd, (writeNow = nonBlocking(fd)));
    return writeNow;
}
