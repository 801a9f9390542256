/**
 * A connection to an endpoint as two flows of plain bytes, each of which ends by itself: what is behind CONNECT where the client's
 * own socket can't be joined to it, or not yet.
 */
import type net from "node:net";
import { keptCopy } from "../net/lent-chunks";
import { readBy, readInto, type ByteSink } from "../codec/socket-reader";
import type { RequestWriter, ResetReason, ResponseReceiver, SocketReading } from "../http/doors";
import { guarded } from "../net/connection-faults";
import { resetConnection } from "../net/reset";

export class TunnelSocket implements RequestWriter, ByteSink {
    readonly #socket: net.Socket;
    readonly #receiver: ResponseReceiver;
    #over = false;
    readonly #onEnd: () => void;
    readonly #onClose: () => void;
    readonly #onDrain: () => void;
    readonly #onError: (error: NodeJS.ErrnoException) => void;
    #detail = "closed";

    constructor(socket: net.Socket, receiver: ResponseReceiver) {
        this.#socket = socket;
        this.#receiver = receiver;
        this.#onEnd = guarded(socket, () => this.#receiver.onResponseEnd(undefined));
        this.#onDrain = guarded(socket, () => this.#receiver.onRequestWritable());
        this.#onError = (error) => (this.#detail = error.code ?? error.message);
        this.#onClose = guarded(socket, () => {
            // Both sides have ended: it was heard of.
            if (!this.#over && !(socket.readableEnded && socket.writableFinished)) this.#lose();
        });
        socket.on("end", this.#onEnd).on("close", this.#onClose).on("drain", this.#onDrain).on("error", this.#onError);
        readInto(socket, this);
    }

    onBytes(chunk: Buffer, length: number, borrowed: boolean): void {
        if (this.#over) return;
        this.#receiver.onResponseData(borrowed ? keptCopy(chunk, 0, length) : chunk.subarray(0, length));
    }

    data(chunk: Buffer): boolean {
        return this.#socket.write(chunk);
    }

    end(): void {
        this.#socket.end();
    }

    reset(_reason: ResetReason): void {
        this.#over = true;
        if (this.#socket.destroyed) return;
        resetConnection(this.#socket);
    }

    pauseResponse(): void {
        this.#socket.pause();
    }

    resumeResponse(): void {
        this.#socket.resume();
    }

    /** The socket is the caller's, and read as said. Undefined: it can't be, and goes on as it was. */
    takeSocket(reading: SocketReading): net.Socket | undefined {
        const socket = this.#socket;
        if (this.#over || socket.destroyed || socket.readableEnded || !readBy(socket, reading)) return undefined;
        socket.on("error", ignore);
        socket.off("end", this.#onEnd).off("close", this.#onClose).off("drain", this.#onDrain).off("error", this.#onError);
        this.#over = true;
        return socket;
    }

    #lose(): void {
        this.#over = true;
        this.#receiver.onResponseReset("connection-closed", true, this.#detail);
    }
}

function ignore(): void {}
