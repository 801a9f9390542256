/**
 * Writing to a TLS socket without what Node's streams do around each write: one call into the runtime, which encrypts the text and
 * gives it to the kernel. The runtime takes one write at a time for such a socket, says later that it is done, and ends the process on
 * a second one. So all that is written goes through one lock here: what is written directly, what the stream writes, and the stream's
 * end. What finds it taken waits in the stream, which then tells of its bytes and of room as always.
 *
 * Hot path: of each write one object, which is the runtime's.
 */
import { TLSSocket } from "node:tls";
import type { Socket } from "node:net";
import { canWriteDirectly, failWrite, newWriteRequest, type Handle, type LateText, type OnTaken, type WriteRequest } from "./direct-write";

type Done = (error?: Error | null) => void;
type Chunks = readonly { chunk: Buffer | string; encoding: BufferEncoding }[];

/** What a stream calls of its socket, one of them at a time. */
interface Streamed {
    _write(chunk: Buffer | string, encoding: BufferEncoding, done: Done): void;
    _writev(chunks: Chunks, done: Done): void;
    _final(done: Done): void;
}

const WRITES = Symbol("writes");
type Opened = Socket & Streamed & { _handle?: Handle | null; [WRITES]?: TlsWrites };

interface TlsRequest extends WriteRequest {
    writes: TlsWrites;
}

const own = TLSSocket.prototype as unknown as Streamed;

export class TlsWrites {
    readonly #socket: Opened;
    /** The runtime has a write that it has not said of that it is done. */
    #isTaken = false;
    /** What the stream wants to do meanwhile: at most one thing, as it waits for its end. */
    #held: (() => void) | undefined = undefined;

    /** Of a socket whose handshake is done; undefined: it is none, or this Node does it otherwise. */
    static of(socket: Socket): TlsWrites | undefined {
        const opened = socket as Opened;
        const handle = opened._handle;
        const isKnown =
            canWriteDirectly &&
            socket instanceof TLSSocket &&
            typeof handle?.writeLatin1String === "function" &&
            typeof own._write === "function" &&
            typeof own._writev === "function" &&
            typeof own._final === "function";
        // What the stream has begun is not known here.
        if (!isKnown || opened.writableLength > 0 || opened.writableEnded) return undefined;
        return (opened[WRITES] ??= new TlsWrites(opened));
    }

    private constructor(socket: Opened) {
        this.#socket = socket;
        socket._write = writeInTurn;
        socket._writev = writeAllInTurn;
        socket._final = endInTurn;
    }

    /** Has the stream do what it wants to, once nothing else is under way. */
    inTurn(run: (ended: Done) => void, done: Done): void {
        const begin = (): void => {
            this.#isTaken = true;
            run((error) => {
                this.#isTaken = false;
                done(error);
            });
        };
        if (this.#isTaken) this.#held = begin;
        else begin();
    }

    /** Latin1. `late` is told how much the runtime has, and that it is written, which may be in another turn. */
    text(text: string, late: LateText): void {
        const request = this.#request();
        if (request === undefined) {
            this.#socket.write(text, "latin1");
            return;
        }
        request.late = late;
        request.size = text.length;
        late.onLate(text.length);
        this.#given(request, request.handle!.writeLatin1String(request, text));
    }

    /**
     * Bytes, and the memory that they are in, which `taken` is called with once it is free: never where the connection breaks before. False:
     * the stream is full, and emits `drain`.
     */
    bytes(chunk: Buffer, memory: Buffer, taken: OnTaken): boolean {
        const request = this.#request();
        if (request === undefined)
            return this.#socket.write(chunk, (error) => {
                if (!error) taken(memory);
            });
        request.chunk = chunk;
        request.memory = memory;
        request.taken = taken;
        this.#given(request, request.handle!.writeBuffer(request, chunk));
        return true;
    }

    /** Takes the lock. Undefined: what the stream has comes first; and where it has ended, it says so. */
    #request(): TlsRequest | undefined {
        const socket = this.#socket;
        const handle = socket._handle;
        if (this.#isTaken || handle == null || socket.writableLength > 0 || socket.writableEnded) return undefined;
        const request = newWriteRequest() as TlsRequest;
        request.handle = handle;
        request.writes = this;
        request.oncomplete = onComplete as WriteRequest["oncomplete"];
        this.#isTaken = true;
        return request;
    }

    /** Where it is known at once how it went, the runtime does not have it any more. */
    #given(request: TlsRequest, status: number): void {
        if (request.getAsyncId() <= 0 && this.#isTaken) this.done(request, status);
    }

    done({ late, size, taken, memory }: TlsRequest, status: number): void {
        this.#isTaken = false;
        if (status < 0) {
            if (!this.#socket.destroyed) failWrite(this.#socket, status);
        } else if (taken !== undefined) taken(memory!);
        else late?.onTaken(size);
        const held = this.#held;
        this.#held = undefined;
        // Of a socket that is gone the stream's own write says so.
        held?.();
    }
}

function onComplete(this: TlsRequest, status: number): void {
    this.writes.done(this, status);
}

function writeInTurn(this: Opened, chunk: Buffer | string, encoding: BufferEncoding, done: Done): void {
    this[WRITES]!.inTurn((ended) => own._write.call(this, chunk, encoding, ended), done);
}

function writeAllInTurn(this: Opened, chunks: Chunks, done: Done): void {
    this[WRITES]!.inTurn((ended) => own._writev.call(this, chunks, ended), done);
}

function endInTurn(this: Opened, done: Done): void {
    this[WRITES]!.inTurn((ended) => own._final.call(this, ended), done);
}
