/**
 * One request on its way to an endpoint: the RequestWriter. An object of its own for each request, so that a late call
 * from an exchange that is over never writes into the next one's.
 */
import type { Socket } from "node:net";
import type { HeaderList, RequestHead, RequestWriter, ResetReason, ResponseReceiver, SocketReading } from "../../http/doors";
import type { Outbox } from "./outbox";
import { CHUNKED, LENGTH, NO_BODY, lastChunkText } from "./serializer";

/** What an exchange needs of its connection. */
export interface ClientExchangeHost {
    readonly outbox: Outbox;
    /** The request cannot be completed, through a fault on our side. */
    failed(exchange: ClientExchange, detail: string): void;
    /** Nobody wants the response any more. */
    dropped(exchange: ClientExchange): void;
    /** The upgraded connection's way out is over. */
    tunnelEnded(exchange: ClientExchange): void;
    pauseReading(): void;
    resumeReading(): void;
    hasSocket(exchange: ClientExchange): boolean;
    takeSocket(exchange: ClientExchange, reading: SocketReading): Socket | undefined;
}

export class ClientExchange implements RequestWriter {
    readonly receiver: ResponseReceiver;
    /** All of the request has been written. */
    requestEnded: boolean;
    /** 101 came: both directions are plain bytes. */
    upgraded = false;
    /** Of a WebSocket whose client has none: what the endpoint has to prove that it has read (RFC 6455 §4.1). */
    key = "";
    /** Its response ended, or it was given up. */
    over = false;
    /** The writer was told to stop. */
    blocked = false;
    /** The outbox's count when it began: tells whether any byte of it may have left. */
    readonly flushes: number;
    readonly #host: ClientExchangeHost;
    readonly #framing: number;
    #remaining: number;

    constructor(host: ClientExchangeHost, head: RequestHead, framing: number, receiver: ResponseReceiver) {
        this.#host = host;
        this.receiver = receiver;
        this.#framing = framing;
        this.#remaining = head.contentLength;
        this.requestEnded = framing === NO_BODY;
        this.flushes = host.outbox.flushes;
    }

    data(chunk: Buffer): boolean {
        if (this.over || chunk.length === 0) return true;
        const outbox = this.#host.outbox;
        if (this.upgraded) {
            outbox.chunk(chunk);
        } else if (this.requestEnded) {
            return true;
        } else if (this.#framing === CHUNKED) {
            outbox.text(`${chunk.length.toString(16)}\r\n`);
            outbox.chunk(chunk);
            outbox.text("\r\n");
        } else {
            this.#remaining -= chunk.length;
            if (this.#remaining < 0) {
                this.#host.failed(this, "request body longer than its content-length");
                return true;
            }
            outbox.chunk(chunk);
        }
        const writable = outbox.settle();
        if (!writable) this.blocked = true;
        return writable;
    }

    end(trailers: HeaderList | undefined): void {
        if (this.over) return;
        if (this.upgraded) return this.#host.tunnelEnded(this);
        if (this.requestEnded) return;
        if (this.#framing === LENGTH && this.#remaining !== 0) {
            this.#host.failed(this, "request body shorter than its content-length");
            return;
        }
        if (this.#framing === CHUNKED) this.#host.outbox.text(lastChunkText(trailers));
        this.requestEnded = true;
        this.#host.outbox.settle();
    }

    reset(_reason: ResetReason): void {
        if (!this.over) this.#host.dropped(this);
    }

    pauseResponse(): void {
        if (!this.over) this.#host.pauseReading();
    }

    resumeResponse(): void {
        if (!this.over) this.#host.resumeReading();
    }

    get hasSocket(): boolean {
        return this.upgraded && !this.over && this.#host.hasSocket(this);
    }

    takeSocket(reading: SocketReading): Socket | undefined {
        return this.hasSocket ? this.#host.takeSocket(this, reading) : undefined;
    }
}
