/**
 * One request of a downstream connection and the way its response goes out. It is the ResponseWriter: an object of its
 * own for each request, so that a late call from an exchange that is over finds nothing to write to.
 *
 * Until the response ends the receiver is told what comes in; after it ended nothing more is called on the receiver.
 */
import type { Socket } from "node:net";
import type { HeaderList, RequestHead, RequestReceiver, ResetReason, ResponseHead, ResponseWriter, SocketReading } from "../../http/doors";
import type { Paced } from "../upload-pace";
import type { Outbox } from "./outbox";
import {
    CHUNKED,
    LENGTH,
    NO_BODY,
    UNTIL_CLOSE,
    informationalText,
    lastChunkText,
    responseFraming,
    responseText,
    tunnelText,
    type ResponseContext,
} from "./serializer";

/** What an exchange needs of its connection. */
export interface ServerExchangeHost {
    readonly outbox: Outbox;
    /** Something moved: no timeout of idleness may strike. */
    touch(): void;
    /** Whether the connection ends with the response that begins now. */
    endsAfter(exchange: ServerExchange): boolean;
    responseEnded(exchange: ServerExchange): void;
    switched(exchange: ServerExchange): void;
    /** The response cannot be completed: the client must see that. */
    cut(exchange: ServerExchange): void;
    pauseReading(): void;
    resumeReading(): void;
    /** Of a tunnel: nothing more goes to the client, which may still send. */
    halfEnded(): void;
    takeSocket(exchange: ServerExchange, reading: SocketReading): Socket | undefined;
}

const WAITING = 0;
const STARTED = 1;
const TUNNEL = 2;
const OVER = 3;
/** A tunnel in which only the client still sends. */
const HALF = 4;

export class ServerExchange implements ResponseWriter, ResponseContext, Paced {
    receiver: RequestReceiver | undefined;
    /** Nothing more of the request comes. */
    requestEnded: boolean;
    /** 100 was sent, or the client did not wait for it. */
    continued: boolean;
    /** The client lets the connection live on. */
    readonly keepAlive: boolean;
    /** The response said that the connection ends with it. */
    closes = false;
    /** The writer was told to stop. */
    blocked = false;
    // Paced
    bodyBytes = 0;
    paceSince = 0;
    paceMark = 0;
    readonly method: string;
    readonly http10: boolean;
    readonly upgrade: string;
    readonly #host: ServerExchangeHost;
    #state = WAITING;
    #framing = NO_BODY;
    #remaining = 0;

    constructor(host: ServerExchangeHost, head: RequestHead, requestEnded: boolean, keepAlive: boolean) {
        this.#host = host;
        this.requestEnded = requestEnded;
        this.keepAlive = keepAlive;
        this.continued = !head.expectContinue;
        this.method = head.method;
        this.http10 = head.protocol === "HTTP/1.0";
        this.upgrade = head.upgrade;
    }

    get started(): boolean {
        return this.#state !== WAITING;
    }

    get over(): boolean {
        return this.#state === OVER;
    }

    get endsByClose(): boolean {
        return this.#framing === UNTIL_CLOSE;
    }

    /** The connection is done with it: whatever its writer still says is not heard. */
    abandon(): void {
        this.#state = OVER;
    }

    informational(status: number, headers: HeaderList): void {
        if (this.#state !== WAITING || this.http10) return;
        const text = informationalText(status, headers);
        if (text === undefined) return;
        if (status === 100) this.continued = true;
        this.#host.touch();
        this.#host.outbox.text(text);
        this.#host.outbox.flush();
    }

    head(head: ResponseHead, end: boolean): void {
        if (this.#state !== WAITING) return;
        const host = this.#host;
        const connected = this.method === "CONNECT" && head.status >= 200 && head.status < 300;
        const switches = head.status === 101 || connected;
        if (head.status === 101 && this.upgrade === "") return host.cut(this);
        const framing = switches ? NO_BODY : responseFraming(head, end, this);
        this.closes = !switches && (framing === UNTIL_CLOSE || head.isLast === true || host.endsAfter(this));
        const text = connected ? tunnelText(head) : responseText(head, framing, end, this.closes, this);
        if (text === undefined) return host.cut(this);
        this.#framing = framing;
        this.#remaining = head.contentLength;
        host.touch();
        host.outbox.text(text);
        if (switches) {
            this.#state = TUNNEL;
            host.outbox.flush();
            host.switched(this);
            return;
        }
        this.#state = STARTED;
        if (end) this.#finish();
        else host.outbox.settle();
    }

    data(chunk: Buffer): boolean {
        const host = this.#host;
        if (chunk.length === 0) return true;
        if (this.#state === STARTED && this.#framing !== NO_BODY) {
            if (this.#framing === LENGTH && (this.#remaining -= chunk.length) < 0) {
                host.cut(this);
                return true;
            }
            if (this.#framing === CHUNKED) {
                host.outbox.text(`${chunk.length.toString(16)}\r\n`);
                host.outbox.chunk(chunk);
                host.outbox.text("\r\n");
            } else {
                host.outbox.chunk(chunk);
            }
        } else if (this.#state === TUNNEL) {
            host.outbox.chunk(chunk);
        } else {
            return true;
        }
        host.touch();
        const writable = host.outbox.settle();
        if (!writable) this.blocked = true;
        return writable;
    }

    end(trailers: HeaderList | undefined): void {
        if (this.#state === TUNNEL && this.method === "CONNECT") return this.#halfEnd();
        if (this.#state === TUNNEL) return this.#finish();
        if (this.#state !== STARTED) return;
        if (this.#framing === LENGTH && this.#remaining !== 0) return this.#host.cut(this);
        if (this.#framing === CHUNKED) this.#host.outbox.text(lastChunkText(trailers));
        this.#finish();
    }

    reset(_reason: ResetReason): void {
        if (this.#state !== OVER) this.#host.cut(this);
    }

    pauseRequest(): void {
        if (this.#state !== OVER) this.#host.pauseReading();
    }

    resumeRequest(): void {
        if (this.#state !== OVER) this.#host.resumeReading();
    }

    takeSocket(reading: SocketReading): Socket | undefined {
        return this.#state === TUNNEL ? this.#host.takeSocket(this, reading) : undefined;
    }

    #halfEnd(): void {
        this.#state = HALF;
        this.#host.outbox.flush();
        this.#host.touch();
        this.#host.halfEnded();
    }

    #finish(): void {
        this.#state = OVER;
        this.#host.outbox.settle();
        this.#host.touch();
        this.#host.responseEnded(this);
    }
}
