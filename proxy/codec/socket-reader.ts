/**
 * Reading a socket without a Buffer a read. All plain sockets of a process read into one Buffer, which is free again
 * when the callback returns: it stays in the processor's cache, and nothing is allocated or collected. Node offers this
 * as `onread`, but only for sockets that it opens itself; here the same three fields are set on any socket. On a Node that has them
 * no more, `data` events serve.
 */
import type net from "node:net";
import { TLSSocket } from "node:tls";
import type { SocketReading } from "../http/doors";
import { connectionFault, guarded } from "../net/connection-faults";
import { READ_FIELDS as fields } from "../net/read-fields";

/** What a socket's bytes are given to. */
export interface ByteSink {
    /** The first `length` bytes of `chunk`. `borrowed`: its memory is used again as soon as this returns. */
    onBytes(chunk: Buffer, length: number, borrowed: boolean): void;
}

/** As libuv suggests for one read. */
const READ_BYTES = 64 * 1024;

type Patched = net.Socket & Record<symbol, unknown> & { _handle?: { useUserBuffer?: (buffer: Buffer) => void } };

/** Plain sockets are read by the event loop alone, one after the other: one Buffer is enough for all of them. */
const plain = Buffer.allocUnsafeSlow(READ_BYTES);
/** A TLS socket may be read in the midst of another one's callback: what it read is moved before anybody sees it. */
const decrypted = Buffer.allocUnsafeSlow(READ_BYTES);
/** To one Buffer for each callback that others are in the midst of. */
const moved: Buffer[] = [];
let depth = 0;
const SINK = Symbol("sink");

/**
 * Gives the socket's bytes to the sink, from now on, whoever had them before. Its `end`, `close`, `pause` and `resume` stay as
 * they are.
 */
export function readInto(socket: net.Socket, sink: ByteSink): void {
    const patched = socket as Patched;
    const isRead = patched[SINK] !== undefined;
    patched[SINK] = sink;
    if (isRead) return;
    if (fields === undefined || typeof patched._handle?.useUserBuffer !== "function") {
        socket.on(
            "data",
            guarded(socket, (chunk: Buffer) => giveBytes(socket, chunk, chunk.length, false)),
        );
        return;
    }
    const early = socket.readableLength > 0 ? (socket.read() as Buffer | null) : null;
    const encrypted = socket instanceof TLSSocket;
    const buffer = encrypted ? decrypted : plain;
    patched[fields.buffer] = buffer;
    patched[fields.callback] = encrypted ? onDecrypted : onPlain;
    patched[fields.generator] = null;
    patched._handle.useUserBuffer(buffer);
    socket.resume();
    if (early !== null) process.nextTick(giveEarly, socket, early);
}

/**
 * Has a socket, which is read here, read as said from now on. False: it is not read by fields of Node's. The runtime takes up
 * another memory only behind a read, so that what the next one brings is copied out of the one that all share. What was
 * encrypted is copied always.
 */
export function readBy(socket: net.Socket, { buffer, callback }: SocketReading): boolean {
    const patched = socket as Patched;
    if (fields === undefined || patched[SINK] === undefined) return false;
    if (patched[fields.buffer] === decrypted) {
        patched[SINK] = new Copies(socket, callback);
        return true;
    }
    if (patched[fields.buffer] !== plain) return false;
    const own = fields.callback;
    patched[own] = (length: number, chunk: Buffer): boolean => {
        patched[own] = callback;
        return callback(length, Buffer.from(chunk.subarray(0, length)));
    };
    patched[fields.generator] = buffer;
    return true;
}

/** Gives what was decrypted on in memory of its own. */
class Copies implements ByteSink {
    readonly #socket: net.Socket;
    readonly #callback: SocketReading["callback"];

    constructor(socket: net.Socket, callback: SocketReading["callback"]) {
        this.#socket = socket;
        this.#callback = callback;
    }

    onBytes(chunk: Buffer, length: number): void {
        if (!this.#callback(length, Buffer.from(chunk.subarray(0, length)))) this.#socket.pause();
    }
}

/** To whoever has the socket's bytes now, as if they had just been read. */
export function giveBytes(socket: net.Socket, chunk: Buffer, length: number, borrowed: boolean): void {
    ((socket as Patched)[SINK] as ByteSink).onBytes(chunk, length, borrowed);
}

function giveEarly(socket: net.Socket, chunk: Buffer): void {
    if (socket.destroyed) return;
    try {
        giveBytes(socket, chunk, chunk.length, false);
    } catch (error) {
        connectionFault(socket, error);
    }
}

function onPlain(this: Patched, length: number): boolean {
    try {
        (this[SINK] as ByteSink).onBytes(plain, length, true);
    } catch (error) {
        connectionFault(this, error);
    }
    return true;
}

function onDecrypted(this: Patched, length: number): boolean {
    const own = (moved[depth] ??= Buffer.allocUnsafeSlow(READ_BYTES));
    decrypted.copy(own, 0, 0, length);
    depth++;
    try {
        (this[SINK] as ByteSink).onBytes(own, length, true);
    } catch (error) {
        connectionFault(this, error);
    } finally {
        depth--;
    }
    return true;
}
