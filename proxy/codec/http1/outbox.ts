/**
 * What a connection writes in one turn, gathered: a head and the body that follows at once are one system call (and one
 * TLS record). Flushed at the end of a message, when much has gathered, or else before the event loop goes on.
 *
 * Hot path: text stays text until the socket takes it; what is small is copied together, what is large goes as writev.
 */
import type { Socket } from "node:net";
import { GATHERED_BYTES, HIGH_WATER_BYTES } from "./limits";

/** Below this, copying the parts into one Buffer costs less than a vector of them. */
const COPIED_BYTES = 4096;

const waiting: Outbox[] = [];

function flushWaiting(): void {
    for (let index = 0; index < waiting.length; index++) waiting[index]!.flush();
    waiting.length = 0;
}

export class Outbox {
    /** How often something was handed to the socket: tells whether any byte may have left. */
    flushes = 0;
    readonly #socket: Socket;
    readonly #parts: (string | Buffer)[] = [];
    #bytes = 0;
    #waits = false;

    constructor(socket: Socket) {
        this.#socket = socket;
    }

    get empty(): boolean {
        return this.#bytes === 0;
    }

    /** Bytes that wait here or in the socket. */
    get length(): number {
        return this.#bytes + this.#socket.writableLength;
    }

    /** Latin1 text: each code is one byte. */
    text(text: string): void {
        const last = this.#parts.length - 1;
        if (last >= 0 && typeof this.#parts[last] === "string") this.#parts[last] += text;
        else this.#parts.push(text);
        this.#bytes += text.length;
    }

    chunk(chunk: Buffer): void {
        this.#parts.push(chunk);
        this.#bytes += chunk.length;
    }

    /** More may follow in this turn. False: the socket is full; it emits `drain`. */
    settle(): boolean {
        if (this.#bytes >= GATHERED_BYTES) return this.flush();
        if (this.#bytes > 0 && !this.#waits) {
            this.#waits = true;
            if (waiting.push(this) === 1) process.nextTick(flushWaiting);
        }
        return this.#socket.writableLength < HIGH_WATER_BYTES;
    }

    flush(): boolean {
        this.#waits = false;
        const parts = this.#parts;
        if (this.#bytes > 0) {
            this.flushes++;
            if (this.#socket.writable) this.#write();
            parts.length = 0;
            this.#bytes = 0;
        }
        return this.#socket.writableLength < HIGH_WATER_BYTES;
    }

    clear(): void {
        this.#parts.length = 0;
        this.#bytes = 0;
    }

    #write(): void {
        const parts = this.#parts;
        const socket = this.#socket;
        if (parts.length === 1) {
            const part = parts[0]!;
            if (typeof part === "string") socket.write(part, "latin1");
            else socket.write(part);
        } else if (this.#bytes <= COPIED_BYTES) {
            socket.write(joined(parts, this.#bytes));
        } else {
            socket.cork();
            for (let index = 0; index < parts.length; index++) {
                const part = parts[index]!;
                if (typeof part === "string") socket.write(part, "latin1");
                else socket.write(part);
            }
            socket.uncork();
        }
    }
}

function joined(parts: readonly (string | Buffer)[], length: number): Buffer {
    const whole = Buffer.allocUnsafe(length);
    let at = 0;
    for (let index = 0; index < parts.length; index++) {
        const part = parts[index]!;
        at += typeof part === "string" ? whole.write(part, at, "latin1") : part.copy(whole, at);
    }
    return whole;
}
