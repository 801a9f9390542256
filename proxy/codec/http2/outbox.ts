/**
 * What a connection writes in one turn of the event loop, gathered into one write, which is one system call and few TLS
 * records: responses come by many sockets, each in its own callback, so that it is flushed behind all of them. Only one write
 * is under way at a time; what comes meanwhile is gathered.
 *
 * Hot path: frames are encoded into a buffer that is used again, and body is copied behind them. That costs less than a
 * vector of parts, which a TLS socket copies together anyway.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { connectionFault } from "../../net/connection-faults";
import { DATA, FRAME_HEAD_BYTES } from "./constants";

/** What most turns write. */
const SMALL_BYTES = 8 * 1024;
/** Body up to the high-water mark and one frame more. */
const LARGE_BYTES = 84 * 1024;
/** How many are kept for the next turns. */
const MOST_SMALL = 256;
const MOST_LARGE = 32;

const NOTHING = Buffer.alloc(0);
const small: Buffer[] = [];
const large: Buffer[] = [];

/** Those that have something to write in this turn. */
let waiting: FrameOutbox[] = [];
let scheduled = false;

function flushWaiting(): void {
    const now = waiting;
    waiting = [];
    scheduled = false;
    for (const outbox of now) {
        try {
            outbox.flush();
        } catch (error) {
            connectionFault(outbox.socket, error);
        }
    }
}

export interface OutboxOwner {
    /** Puts in what of bodies there is room for, before a write. */
    fill(): void;
    /** The socket has taken all that it was given. */
    onWritten(): void;
}

export class FrameOutbox {
    readonly socket: Socket;
    readonly #owner: OutboxOwner;
    /** Where the next frame goes: at `at` of `buffer`, after `reserve`. */
    buffer: Buffer = NOTHING;
    at = 0;
    /** How often something was given to the socket. */
    flushes = 0;
    /** Of the last frame in the buffer, if it is DATA or HEADERS: where its head begins and whose it is; else 0. */
    lastFrameAt = 0;
    lastStream = 0;
    /** Full ones, before `buffer`, and how much of each is written. */
    #full: Buffer[] = [];
    #fullEnds: number[] = [];
    #fullBytes = 0;
    /** What the socket has and is wanted back. */
    #underWay: Buffer = NOTHING;
    #moreUnderWay: Buffer[] | undefined = undefined;
    #writing = false;
    #waits = false;
    #ends = false;
    readonly #written: () => void;
    readonly #encrypted: boolean;

    constructor(socket: Socket, owner: OutboxOwner) {
        this.socket = socket;
        this.#owner = owner;
        this.#encrypted = socket instanceof TLSSocket;
        this.#written = () => this.#onWritten();
    }

    /** Bytes that wait here or in the socket. */
    get length(): number {
        return this.at + this.#fullBytes + this.socket.writableLength;
    }

    /** Makes room for so many bytes behind `at`. */
    reserve(bytes: number): void {
        if (this.buffer.length - this.at >= bytes) return;
        const wanted = this.at + bytes;
        if (this.buffer.length < LARGE_BYTES && wanted <= LARGE_BYTES) {
            const grown = taken(wanted);
            this.buffer.copy(grown, 0, 0, this.at);
            putBack(this.buffer);
            this.buffer = grown;
            return;
        }
        if (this.at > 0) {
            this.#full.push(this.buffer);
            this.#fullEnds.push(this.at);
            this.#fullBytes += this.at;
        }
        this.buffer = taken(bytes);
        this.at = 0;
        this.lastStream = 0;
    }

    /** Writes a frame's head; its payload is the caller's to put behind it, for which there is room. */
    frame(length: number, type: number, flags: number, id: number): void {
        this.reserve(FRAME_HEAD_BYTES + length);
        writeFrameHead(this.buffer, this.at, length, type, flags, id);
        this.lastFrameAt = this.at;
        this.lastStream = type === DATA ? id : 0;
        this.at += FRAME_HEAD_BYTES;
    }

    uint32(value: number): void {
        this.at = this.buffer.writeUInt32BE(value, this.at);
    }

    bytes(from: Buffer, start: number, end: number): void {
        this.at += from.copy(this.buffer, this.at, start, end);
    }

    /** It is flushed at the end of the turn. */
    wait(): void {
        if (this.#waits) return;
        this.#waits = true;
        waiting.push(this);
        if (scheduled) return;
        scheduled = true;
        setImmediate(flushWaiting);
    }

    /** The same, where less than so much waits; more is written at once, so that what comes next in this turn finds room. */
    waitUnlessFull(bytes: number): void {
        // A write to a TLS socket may read it, in the midst of what is going on now.
        if (this.#encrypted || this.#writing || this.at + this.#fullBytes < bytes) this.wait();
        else this.flush();
    }

    flush(): void {
        this.#waits = false;
        if (this.#writing) return;
        const { socket } = this;
        if (!socket.writable) {
            this.clear();
            return;
        }
        if (!this.#ends) this.#owner.fill();
        // Whoever was told there that a body goes on may have flushed.
        if (this.#writing) return;
        if (this.at === 0) {
            if (this.#ends) socket.end();
            return;
        }
        this.#writing = true;
        this.flushes++;
        const { buffer } = this;
        const end = this.at;
        const full = this.#full;
        const ends = this.#fullEnds;
        this.#underWay = buffer;
        this.#forget();
        if (full.length === 0) {
            socket.write(buffer.subarray(0, end), this.#written);
            return;
        }
        this.#moreUnderWay = full;
        socket.cork();
        full.forEach((part, index) => socket.write(part.subarray(0, ends[index])));
        socket.write(buffer.subarray(0, end), this.#written);
        socket.uncork();
    }

    /** Writes what waits, then closes our side. */
    end(): void {
        this.#ends = true;
        this.flush();
    }

    /** What waits is not sent. */
    clear(): void {
        putBack(this.buffer);
        this.#full.forEach(putBack);
        this.#forget();
    }

    #forget(): void {
        this.buffer = NOTHING;
        this.at = this.lastStream = 0;
        if (this.#fullBytes === 0) return;
        this.#full = [];
        this.#fullEnds = [];
        this.#fullBytes = 0;
    }

    #onWritten(): void {
        this.#writing = false;
        // Of a socket that has failed, something may still be reading them.
        if (!this.socket.destroyed) {
            putBack(this.#underWay);
            this.#moreUnderWay?.forEach(putBack);
        }
        this.#underWay = NOTHING;
        this.#moreUnderWay = undefined;
        this.#owner.onWritten();
        if (this.#ends) this.flush();
        else if (this.at > 0) this.wait();
    }
}

export function writeFrameHead(into: Buffer, at: number, length: number, type: number, flags: number, id: number): void {
    into[at] = length >>> 16;
    into[at + 1] = length >>> 8;
    into[at + 2] = length;
    into[at + 3] = type;
    into[at + 4] = flags;
    into[at + 5] = id >>> 24;
    into[at + 6] = id >>> 16;
    into[at + 7] = id >>> 8;
    into[at + 8] = id;
}

function taken(bytes: number): Buffer {
    if (bytes <= SMALL_BYTES) return small.pop() ?? Buffer.allocUnsafeSlow(SMALL_BYTES);
    if (bytes <= LARGE_BYTES) return large.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
    return Buffer.allocUnsafeSlow(bytes);
}

/** A buffer that came from `taken`. */
function putBack(buffer: Buffer): void {
    if (buffer.length === SMALL_BYTES) {
        if (small.length < MOST_SMALL) small.push(buffer);
    } else if (buffer.length === LARGE_BYTES && large.length < MOST_LARGE) {
        large.push(buffer);
    }
}
