/**
 * The downstream side of HTTP/1.1: one client connection, its requests one after the other. A request is dispatched when
 * its head is whole, the next one only after the response before it has ended; what comes earlier waits, bounded.
 *
 * Hot path: one ServerExchange a request; no timer, closure or stream. Deadlines are looked at by the sweeper.
 */
import type { Socket } from "node:net";
import type { ConnectionInfo, RequestHandler, SocketReading } from "../../http/doors";
import { UPLOAD_RATE, WRITE_IDLE } from "../../http/limit-names";
import { PROTOCOLS } from "../../http/protocols";
import { guarded } from "../../net/connection-faults";
import { resetConnection } from "../../net/reset";
import type { ServerConnection } from "../codec";
import { readBy, readInto, type ByteSink } from "../socket-reader";
import { CLOSE, DESTROY, NOTHING, READ_ON, REFUSE, REFUSE_HEAD, REFUSE_SLOW, STUCK, dueAction, type Waiting } from "./deadlines";
import { DATA, END, HEAD, NEED_DATA } from "./events";
import { FAULTS, type CodecFault } from "./fault";
import { MAX_DISCARDED_BYTES, MAX_PIPELINED_BYTES } from "./limits";
import type { Outbox } from "./outbox";
import { Http1Parser } from "./parser";
import { refusalText } from "./serializer";
import { ServerExchange, type ServerExchangeHost } from "./server-exchange";
import type { Http1ServerOptions } from "./server-options";
import { BY_EXCHANGE, BY_PIPELINE, CLOSED, CLOSING, HANDED, OPEN, ServerSocket, TUNNEL } from "./server-socket";
import { passed } from "../socket-clock";
import type { Sweeper, Swept } from "../sweeper";
import { beginTurn, endTurn } from "../turn-end";

export class Http1ServerConnection implements ServerConnection, ByteSink, ServerExchangeHost, Swept, Waiting {
    readonly outbox: Outbox;
    readonly #socket: ServerSocket;
    readonly #info: ConnectionInfo;
    readonly #handler: RequestHandler;
    readonly #options: Http1ServerOptions;
    readonly #onClose: () => void;
    readonly #sweeper: Sweeper;
    readonly #parser: Http1Parser;
    #current: ServerExchange | undefined;
    readonly #opened: number;
    #pumping = false;
    #retiring = false;
    draining = false;
    #discarded = 0;
    served = 0;
    headSince = 0;

    constructor(socket: Socket, info: ConnectionInfo, handler: RequestHandler, options: Http1ServerOptions, onClose: () => void) {
        this.#socket = new ServerSocket(socket, options.sweeper);
        this.outbox = this.#socket.outbox;
        this.#info = info;
        this.#handler = handler;
        this.#options = options;
        this.#onClose = onClose;
        this.#sweeper = options.sweeper;
        const connects = info.isProxy === true;
        // Many clients that ask a proxy for a tunnel do it in HTTP/1.0.
        const { maxHeadBytes, maxHeaders } = options;
        this.#parser = new Http1Parser({
            scheme: info.scheme,
            acceptHttp10: options.acceptHttp10 || connects,
            connects,
            maxHeadBytes,
            maxHeaders,
        });
        this.#opened = options.sweeper.now;
        this.#sweeper.add(this);
        socket.on("error", ignore);
        socket.on(
            "close",
            guarded(socket, () => this.#onSocketClose()),
        );
        socket.on(
            "end",
            guarded(socket, () => this.#onSocketEnd()),
        );
        socket.on(
            "drain",
            guarded(socket, () => this.#onDrain()),
        );
        readInto(socket, this);
    }

    get pending(): number {
        return this.#parser.pending;
    }

    /** Between two requests, and nothing of the next one is here. */
    get idle(): boolean {
        return this.served > 0 && this.#socket.state === OPEN && this.#current === undefined && this.#parser.idle;
    }

    get held(): number {
        return this.outbox.unsent + this.#parser.pending;
    }

    /** Ends after the next response, or the one that is going on. */
    retire(): void {
        this.#retiring = true;
    }

    /**
     * Ends after the response that is going on, or now if there is none. Who has connected and not asked yet gets a
     * moment: the request is on its way, and closing would look like a refusal of it.
     */
    drain(): void {
        this.#retiring = true;
        this.draining = true;
        if (this.idle) this.#close();
    }

    /** Of a tunnel no end must look like one that the other side has made. */
    destroy(): void {
        const { state, raw } = this.#socket;
        if (this.#current === undefined) this.outbox.flush();
        if ((state === TUNNEL || state === HANDED) && this.#info.scheme === "http") resetConnection(raw);
        else raw.destroy();
    }

    // --- what comes in ---------------------------------------------------------------------------------------------

    onBytes(chunk: Buffer, length: number, borrowed: boolean): void {
        const socket = this.#socket;
        if (socket.state === CLOSING || socket.state === CLOSED) return;
        socket.touched = socket.received = this.#sweeper.now;
        this.#parser.feed(chunk, length, borrowed);
        this.#pumpInTurn();
    }

    #pump(): void {
        if (this.#pumping) return;
        this.#pumping = true;
        while (this.#socket.state === OPEN || this.#socket.state === TUNNEL) {
            const current = this.#current;
            if (current !== undefined && current.requestEnded) {
                if (this.#parser.pending > MAX_PIPELINED_BYTES) this.#socket.pause(BY_PIPELINE);
                break;
            }
            // Who takes no answers is asked for nothing more: each of them would have to be kept.
            if (current === undefined && this.outbox.isFull) {
                this.#socket.pause(BY_PIPELINE);
                break;
            }
            const event = this.#parser.next();
            if (event === NEED_DATA) {
                this.#onDry();
                break;
            }
            if (event === HEAD) this.#onHead();
            else if (event === DATA) this.#onBody(current!);
            else if (event === END) this.#onRequestEnd(current!);
            else this.#onFault(this.#parser.fault!);
        }
        this.#pumping = false;
    }

    /** Whatever is written for it is gathered, and what is left of the memory that it came in is copied. */
    #pumpInTurn(): void {
        beginTurn();
        try {
            this.#pump();
        } finally {
            this.#parser.keep();
            endTurn();
        }
    }

    /** All that came is used up. */
    #onDry(): void {
        if (this.#current !== undefined) return;
        if (this.#socket.clientEnded) this.#close();
        else if (this.#parser.idle) this.headSince = 0;
        else if (this.headSince === 0) this.headSince = this.#sweeper.now;
    }

    #onHead(): void {
        const parser = this.#parser;
        const head = parser.requestHead!;
        const exchange = new ServerExchange(this, head, parser.ended, parser.keepAlive);
        // What comes of this request, a cut even, is nothing to the response before it.
        this.outbox.flush();
        this.headSince = 0;
        if (++this.served === this.#options.maxRequests) this.#retiring = true;
        this.#discarded = 0;
        this.#current = exchange;
        exchange.receiver = this.#handler(head, parser.ended, exchange, this.#info);
    }

    #onBody(current: ServerExchange): void {
        const data = this.#parser.data;
        current.continued = true;
        current.bodyBytes += data.length;
        if (!current.over) {
            current.receiver!.onRequestData(data);
        } else if ((this.#discarded += data.length) > MAX_DISCARDED_BYTES) {
            this.#close();
        }
    }

    #onRequestEnd(current: ServerExchange): void {
        current.requestEnded = true;
        // Who took the credit away wanted no more of a body that is over now. Reading on is how a client's end is seen.
        this.#socket.resume(BY_EXCHANGE);
        if (current.over) this.#next();
        else current.receiver!.onRequestEnd(this.#parser.trailers);
    }

    /** The framing is lost: nothing that follows on this connection can be told apart. */
    #onFault(fault: CodecFault): void {
        this.#options.onRefused?.(fault, this.#info, this.#current !== undefined && !this.#current.over);
        this.#refuse(fault.status, "protocol-error");
    }

    /** Ends the request and the connection: with this status if no response has begun, else by cutting it. */
    #refuse(status: number, reason: "protocol-error" | "timeout", detail: string = PROTOCOLS.http1.codecError): void {
        const current = this.#current;
        const started = current !== undefined && current.started;
        const over = current === undefined || current.over;
        this.#current = undefined;
        current?.abandon();
        if (!over) current?.receiver?.onRequestReset(reason, detail);
        if (this.#socket.state === CLOSED) return;
        if (started && !over) return this.#abort(current);
        if (!started) this.outbox.text(refusalText(status));
        this.#close();
    }

    #onSocketEnd(): void {
        if (this.#socket.state === HANDED) return;
        this.#socket.clientHasEnded();
        if (this.#socket.state === CLOSING || this.#socket.state === CLOSED) return;
        const current = this.#current;
        if (this.#socket.state === TUNNEL) {
            if (current === undefined) return;
            if (current.over) this.#socket.raw.end();
            else current.receiver!.onRequestEnd(undefined);
            current.requestEnded = true;
        } else if (current === undefined) {
            // Held back, what was asked before is answered first.
            if (!this.#socket.paused) this.#close();
        } else if (!current.requestEnded) {
            // Half a request: nobody is there to complete it, and a response would claim that it was understood.
            this.#abort(current);
        } else {
            // Half-closing after a whole request is how some clients say that it was the last one: a moment is theirs.
            setTimeout(() => this.#endIfGone(), this.#options.halfClosedTimeout);
        }
    }

    #endIfGone(): void {
        const current = this.#current;
        if (this.#socket.state === OPEN && current !== undefined && this.#socket.isProbablyGone) this.#abort(current);
    }

    #onSocketClose(): void {
        if (this.#socket.state === CLOSED) return;
        const isHanded = this.#socket.state === HANDED;
        this.#socket.state = CLOSED;
        this.#sweeper.remove(this);
        if (isHanded) {
            this.#current = undefined;
            this.#onClose();
            return;
        }
        const current = this.#current;
        this.#current = undefined;
        this.outbox.clear();
        if (current !== undefined && !current.over) {
            current.abandon();
            current.receiver?.onRequestReset("client-gone");
        }
        this.#onClose();
    }

    #onDrain(): void {
        this.#socket.drained();
        const current = this.#current;
        if (current === undefined) {
            if (this.#socket.state !== OPEN) return;
            this.#socket.resume(BY_PIPELINE);
            return this.#pumpInTurn();
        }
        if (!current.blocked || current.over) return;
        current.blocked = false;
        current.receiver?.onResponseWritable();
    }

    // --- ServerExchangeHost ----------------------------------------------------------------------------------------

    touch(): void {
        this.#socket.touched = this.#sweeper.now;
    }

    endsAfter(exchange: ServerExchange): boolean {
        return (
            this.#retiring ||
            !exchange.keepAlive ||
            (this.#socket.clientEnded && this.#parser.pending === 0) ||
            // The client may send the body or not: what follows could be either (RFC 9110 §10.1.1).
            (!exchange.continued && !exchange.requestEnded)
        );
    }

    responseEnded(exchange: ServerExchange): void {
        if (exchange !== this.#current) return;
        if (this.#socket.state === TUNNEL) {
            // What the other side said last may still wait here.
            this.outbox.flush();
            this.#socket.raw.end();
            if (this.#socket.clientEnded) this.#current = undefined;
        } else if (exchange.closes || (!exchange.requestEnded && this.#parser.remaining > MAX_DISCARDED_BYTES)) {
            this.#close();
        } else {
            this.#socket.resume(BY_EXCHANGE);
            if (exchange.requestEnded) this.#next();
            this.#pump();
        }
    }

    switched(exchange: ServerExchange): void {
        this.#socket.state = TUNNEL;
        this.#parser.tunnel();
        exchange.requestEnded = false;
        this.#socket.resume(BY_PIPELINE);
        // What came before the client's end goes before it.
        this.#pump();
        if (!this.#socket.clientEnded || exchange.requestEnded) return;
        exchange.requestEnded = true;
        exchange.receiver?.onRequestEnd(undefined);
    }

    halfEnded(): void {
        this.#socket.raw.end();
    }

    takeSocket(exchange: ServerExchange, reading: SocketReading): Socket | undefined {
        const socket = this.#socket;
        const isTunnel = exchange === this.#current && socket.state === TUNNEL && this.#parser.pending === 0;
        if (!isTunnel || socket.clientEnded || !readBy(socket.raw, reading)) return undefined;
        this.outbox.flush();
        socket.state = HANDED;
        this.#sweeper.remove(this);
        return socket.raw;
    }

    cut(exchange: ServerExchange): void {
        if (exchange === this.#current) this.#abort(exchange, true);
    }

    pauseReading(): void {
        if (this.#current?.requestEnded !== true) this.#socket.pause(BY_EXCHANGE);
    }

    resumeReading(): void {
        this.#socket.received = this.#sweeper.now;
        this.#socket.resume(BY_EXCHANGE);
    }

    // --- ends ------------------------------------------------------------------------------------------------------

    #next(): void {
        this.#current = undefined;
        this.#socket.resume(BY_PIPELINE);
        if (this.draining) this.#close();
    }

    #close(): void {
        if (this.#socket.state === CLOSING || this.#socket.state === CLOSED) return;
        this.#current = undefined;
        this.#socket.close();
    }

    /** Ends the connection at once. What only closing would end is reset: else a part would look whole. */
    #abort(exchange: ServerExchange, byWriter = false): void {
        const over = exchange.over;
        this.#current = undefined;
        exchange.abandon();
        this.#socket.cut((exchange.endsByClose || this.#socket.state === TUNNEL) && this.#info.scheme === "http");
        if (!over && !byWriter) exchange.receiver?.onRequestReset("client-gone");
    }

    // --- deadlines -------------------------------------------------------------------------------------------------

    sweep(now: number): void {
        const socket = this.#socket;
        if (!this.#retiring && passed(now - this.#opened, this.#options.maxDuration)) {
            this.#retiring = true;
            if (this.idle) return this.#close();
        }
        switch (dueAction(this, socket, this.#current, this.#options, now)) {
            case NOTHING:
                return;
            case DESTROY:
                return void socket.raw.destroy();
            case STUCK:
                this.#options.onLimit?.(WRITE_IDLE);
                return void socket.raw.destroy();
            case REFUSE_SLOW:
                return this.#refuse(408, "timeout", UPLOAD_RATE);
            case CLOSE:
                return this.#close();
            case REFUSE_HEAD:
                this.#options.onRefused?.(FAULTS.headTimeout, this.#info, false);
                this.outbox.text(refusalText(408));
                return this.#close();
            case REFUSE:
                return this.#refuse(this.#current!.requestEnded ? 504 : 408, "timeout");
            case READ_ON:
                return socket.resume(BY_PIPELINE);
        }
    }
}

function ignore(): void {
    // A socket's error is followed by its close, where it is dealt with.
}
