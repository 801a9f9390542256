/**
 * Stands before the writer of a response whose body goes out smaller. What a backend sends waits here no longer than its work takes,
 * and no more of it than a chunk or two: who reads slowly slows the backend down. Half a body stays half a body: where the backend
 * breaks off, so does this, and never ends what a client would take for the whole.
 */
import type { HeaderList, ResetReason, ResponseHead, ResponseWriter } from "../http/doors";
import { compressed, giveBack, type Compressor } from "./compressors";

/** Whom it tells. */
export interface CompressedOwner {
    /** The backend may go on. */
    bodyWritable(): void;
    /** The last byte has gone out; so many did. */
    bodyEnded(): void;
    /** It can't go on. */
    bodyFailed(message: string): void;
}

export class CompressingWriter implements ResponseWriter {
    readonly #writer: ResponseWriter;
    readonly #compressor: Compressor;
    readonly #owner: CompressedOwner;
    #trailers: HeaderList | undefined;
    #isOver = false;
    /** The client takes no more for now. */
    #isBlocked = false;
    bytesOut = 0;

    constructor(writer: ResponseWriter, compressor: Compressor, owner: CompressedOwner) {
        this.#writer = writer;
        this.#compressor = compressor;
        this.#owner = owner;
        compressor.on("data", (chunk: Buffer) => this.#out(chunk));
        compressor.on("end", () => this.#ended());
        compressor.on("drain", () => this.#drained());
        compressor.on("error", (error: Error) => this.#failed(error));
    }

    informational(status: number, headers: HeaderList): void {
        this.#writer.informational(status, headers);
    }

    head(head: ResponseHead, end: boolean): void {
        this.#writer.head(head, end);
    }

    data(chunk: Buffer): boolean {
        if (this.#isOver) return true;
        compressed.bytesIn += chunk.length;
        // The chunk may be another's once this returns: codecs read into buffers that turn.
        return this.#compressor.write(Buffer.from(chunk)) && !this.#isBlocked;
    }

    end(trailers: HeaderList | undefined): void {
        this.#trailers = trailers;
        if (!this.#isOver) this.#compressor.end();
    }

    reset(reason: ResetReason): void {
        this.close();
        this.#writer.reset(reason);
    }

    pauseRequest(): void {
        this.#writer.pauseRequest();
    }

    resumeRequest(): void {
        this.#writer.resumeRequest();
    }

    /** The client takes more. */
    writable(): void {
        if (this.#isOver || !this.#isBlocked) return;
        this.#isBlocked = false;
        this.#compressor.resume();
        this.#drained();
    }

    /** Nothing more comes of it. */
    close(): void {
        if (this.#isOver) return;
        this.#isOver = true;
        giveBack(this.#compressor);
    }

    #out(chunk: Buffer): void {
        if (this.#isOver) return;
        this.bytesOut += chunk.length;
        compressed.bytesOut += chunk.length;
        if (this.#writer.data(chunk)) return;
        this.#isBlocked = true;
        this.#compressor.pause();
    }

    #drained(): void {
        if (!this.#isOver && !this.#isBlocked && !this.#compressor.writableNeedDrain) this.#owner.bodyWritable();
    }

    #ended(): void {
        if (this.#isOver) return;
        this.close();
        this.#writer.end(this.#trailers);
        this.#owner.bodyEnded();
    }

    #failed(error: Error): void {
        if (this.#isOver) return;
        this.close();
        this.#owner.bodyFailed(error.message);
    }
}
