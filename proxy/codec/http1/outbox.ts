/**
 * What a connection writes in one turn, gathered: a head and the body that follows at once are one system call (and one
 * TLS record). Flushed when much has gathered, or else before the event loop goes on.
 *
 * Hot path: text stays text until the socket takes it; what is small is copied together, what is large goes as writev.
 */
import type { Socket } from "node:net";
import { isDirect, writeText, type LateText } from "../../net/direct-write";
import { giveBack, isLent } from "../../net/lent-chunks";
import { TlsWrites } from "../../net/tls-write";
import { flushSoon, type Flushed } from "../turn-end";
import { GATHERED_BYTES, HIGH_WATER_BYTES } from "./limits";

/** Below this, one piece of text costs less than a vector of text and chunk. */
const COPIED_BYTES = 4096;

/** Below this, parts of a longer list are copied together. */
const TOGETHER_BYTES = 1024;

export class Outbox implements Flushed, LateText {
    /** How often something was handed to the socket: tells whether any byte may have left. */
    flushes = 0;
    readonly socket: Socket;
    /** Text, chunk, text: what most turns write. All that comes after them goes to `#more`. */
    #head = "";
    #chunk: Buffer | undefined;
    #tail = "";
    #more: (string | Buffer)[] | undefined;
    #bytes = 0;
    #waits = false;
    /** What is small is written without the socket's stream, while the kernel takes it. */
    readonly #direct: boolean;
    /** The same of a TLS socket. */
    readonly #encrypted: TlsWrites | undefined;
    /** Of what was, bytes that it did not take at once. */
    #late = 0;
    /** Chunks that the socket has and whose memory is wanted back. */
    #underWay: Buffer[] = [];

    constructor(socket: Socket) {
        this.socket = socket;
        this.#direct = isDirect(socket);
        this.#encrypted = TlsWrites.of(socket);
    }

    /** Bytes that wait here or in the socket. */
    get length(): number {
        return this.#bytes + this.unsent;
    }

    /** Bytes that the socket has, and the kernel has not. */
    get unsent(): number {
        return this.#late + this.socket.writableLength;
    }

    /** The socket is full; it emits `drain`. */
    get isFull(): boolean {
        return this.socket.writableLength >= HIGH_WATER_BYTES;
    }

    onLate(bytes: number): void {
        this.#late += bytes;
    }

    onTaken(bytes: number): void {
        this.#late -= bytes;
    }

    /** Latin1 text: each code is one byte. */
    text(text: string): void {
        if (this.#more !== undefined) this.#more.push(text);
        else if (this.#chunk === undefined) this.#head += text;
        else this.#tail += text;
        this.#bytes += text.length;
    }

    chunk(chunk: Buffer): void {
        if (this.#more !== undefined) this.#more.push(chunk);
        else if (this.#chunk === undefined) this.#chunk = chunk;
        else this.#more = [chunk];
        this.#bytes += chunk.length;
    }

    /** More may follow in this turn. False: the socket is full; it emits `drain`. */
    settle(): boolean {
        if (this.#bytes >= GATHERED_BYTES) return this.flush();
        if (this.#bytes > 0 && !this.#waits) {
            this.#waits = true;
            flushSoon(this);
        }
        return !this.isFull;
    }

    flush(): boolean {
        this.#waits = false;
        const socket = this.socket;
        if (this.#bytes > 0) {
            this.flushes++;
            if (socket.writable) {
                this.#write(socket);
                this.drained();
            }
            this.clear();
        }
        return !this.isFull;
    }

    /** The socket may have written all that it had. */
    drained(): void {
        if (this.#underWay.length === 0 || this.socket.writableLength > 0) return;
        if (!this.socket.destroyed) this.#underWay.forEach(giveBack);
        this.#underWay = [];
    }

    clear(): void {
        this.#head = "";
        this.#chunk = undefined;
        this.#tail = "";
        this.#more = undefined;
        this.#bytes = 0;
    }

    #write(socket: Socket): void {
        const chunk = this.#chunk;
        if (chunk !== undefined && isLent(chunk)) this.#underWay.push(chunk);
        if (chunk === undefined) {
            this.#writeText(socket, this.#head);
        } else if (this.#head === "" && this.#tail === "" && this.#more === undefined) {
            socket.write(chunk);
        } else if (this.#bytes <= COPIED_BYTES && this.#more === undefined) {
            // As text it needs no Buffer: the runtime copies it once, into what the system call reads.
            this.#writeText(socket, this.#head + chunk.toString("latin1") + this.#tail);
        } else {
            socket.cork();
            if (this.#head !== "") socket.write(this.#head, "latin1");
            socket.write(chunk);
            if (this.#tail !== "") socket.write(this.#tail, "latin1");
            if (this.#more !== undefined) this.#writeMore(socket, this.#more);
            socket.uncork();
        }
    }

    /** Behind what is late goes the stream, which tells when there is room again. */
    #writeText(socket: Socket, text: string): void {
        if (this.#encrypted !== undefined) this.#encrypted.text(text, this);
        else if (this.#direct && this.#late === 0) writeText(socket, text, this);
        else socket.write(text, "latin1");
    }

    /** What is small goes together: each write of its own costs more memory, while it waits, than its bytes. */
    #writeMore(socket: Socket, parts: readonly (string | Buffer)[]): void {
        let from = 0;
        let bytes = 0;
        for (let at = 0; at < parts.length; at++) {
            const part = parts[at]!;
            if (part.length < TOGETHER_BYTES) {
                bytes += part.length;
                continue;
            }
            if (from < at) writeTogether(socket, parts, from, at, bytes);
            if (typeof part === "string") {
                socket.write(part, "latin1");
            } else {
                socket.write(part);
                if (isLent(part)) this.#underWay.push(part);
            }
            from = at + 1;
            bytes = 0;
        }
        if (from < parts.length) writeTogether(socket, parts, from, parts.length, bytes);
    }
}

function writeTogether(socket: Socket, parts: readonly (string | Buffer)[], from: number, to: number, bytes: number): void {
    if (to === from + 1) {
        const part = parts[from]!;
        if (typeof part === "string") socket.write(part, "latin1");
        else socket.write(part);
        return;
    }
    const whole = Buffer.allocUnsafe(bytes);
    let end = 0;
    for (let at = from; at < to; at++) {
        const part = parts[at]!;
        end += typeof part === "string" ? whole.write(part, end, "latin1") : part.copy(whole, end);
    }
    socket.write(whole);
}
