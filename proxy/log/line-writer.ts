/**
 * Writes lines to a descriptor without ever waiting for its reader: what a stalled pipe does not take is held up to a
 * bound, then dropped and counted; what a full disk does not take is dropped at once. A line that can be written is out
 * when `write` returns, so that nothing is lost when the process ends right after.
 */
import { constants, fstatSync, openSync, writeSync } from "node:fs";
import net from "node:net";

/** What waits for a reader that stalls: several hundred lines. */
const WAITING_BYTES = 1024 * 1024;
const RETRY_MS = 50;
/** Ends a line whose own end was lost. */
const TORN = " (torn)\n";

/** Writes what it can of the bytes and says how many; throws as `fs.writeSync` does. */
export type WriteNow = (bytes: Buffer) => number;

export class LineWriter {
    readonly #writeNow: WriteNow;
    readonly #lost: (lines: number) => string;
    readonly #retryMs: number;
    readonly #waiting: Buffer[] = [];
    #bytes = 0;
    #dropped = 0;
    /** Of the first line that waits a part is written. */
    #isBegun = false;
    /** How many lost lines the one that is begun tells of. */
    #telling = 0;
    /** The last that was written is a part of a line whose rest was dropped. */
    #isTorn = false;
    #timer: NodeJS.Timeout | undefined;

    /** `lost` words the line that tells of dropped ones; it comes before the next that is written. */
    constructor(writeNow: WriteNow, lost: (lines: number) => string, retryMs = RETRY_MS) {
        this.#writeNow = writeNow;
        this.#lost = lost;
        this.#retryMs = retryMs;
    }

    write(line: string): void {
        const bytes = Buffer.from(line);
        if (this.#bytes + bytes.length > WAITING_BYTES) {
            this.#dropped++;
            return;
        }
        this.#waiting.push(bytes);
        this.#bytes += bytes.length;
        if (this.#timer === undefined) this.#flush();
    }

    #flush(): void {
        this.#timer = undefined;
        try {
            while (this.#waiting.length > 0) this.#writeFirst();
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return this.#dropAll();
            this.#timer = setTimeout(() => this.#flush(), this.#retryMs).unref();
        }
    }

    #writeFirst(): void {
        if (this.#dropped > 0 && !this.#isBegun) this.#tellLost();
        const [first = Buffer.alloc(0)] = this.#waiting;
        const count = this.#writeNow(first);
        this.#bytes -= count;
        this.#isBegun = count < first.length;
        if (this.#isBegun) {
            this.#waiting[0] = first.subarray(count);
        } else {
            this.#waiting.shift();
            this.#telling = 0;
        }
    }

    #tellLost(): void {
        const text = Buffer.from(`${this.#isTorn ? TORN : ""}${this.#lost(this.#dropped)}`);
        const count = this.#writeNow(text);
        const lines = this.#dropped;
        this.#dropped = 0;
        this.#isTorn = false;
        if (count === text.length) return;
        this.#isBegun = true;
        this.#telling = lines;
        this.#waiting.unshift(text.subarray(count));
        this.#bytes += text.length - count;
    }

    /** A full disk, a reader that is gone: what waits now is lost, what comes later may not be. */
    #dropAll(): void {
        this.#dropped += this.#telling > 0 ? this.#telling + this.#waiting.length - 1 : this.#waiting.length;
        this.#telling = 0;
        this.#waiting.length = 0;
        this.#bytes = 0;
        this.#isTorn ||= this.#isBegun;
        this.#isBegun = false;
    }
}

/** Keeps a descriptor's handle from being collected, which would close it. */
const held: net.Socket[] = [];

/**
 * Writes to a descriptor of this process, never waiting. A pipe or terminal is opened once more, so that only our use of
 * it does not wait: the flag belongs to the open file, which a shell may share. Where that is not allowed, as in a
 * container whose pipes are root's, the flag is set on the file itself; all that write there are processes of ours.
 */
export function nonBlocking(fd: number): WriteNow {
    try {
        const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK | constants.O_NOCTTY);
        return (bytes) => writeSync(own, bytes);
    } catch {
        const kind = fstatSync(fd);
        if (kind.isFIFO() || kind.isSocket())
            held.push(new net.Socket({ fd, readable: false, writable: true }).on("error", () => undefined));
        return (bytes) => writeSync(fd, bytes);
    }
}
