/**
 * The upstream side of HTTP/1.1: one connection to an endpoint, one request at a time. It may be used again only from
 * the one state that proves that nothing of the last exchange is left on the wire: request written whole before the
 * response began, response ended by its framing, not a byte beyond it. A byte that comes while it is idle closes it
 * (response-queue poisoning: the next client would get an answer that was not asked for).
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { RequestHead, RequestWriter, ResetReason, ResponseReceiver, SocketReading } from "../../http/doors";
import { guarded } from "../../net/connection-faults";
import { resetConnection } from "../../net/reset";
import type { ClientConnection, ClientOwner } from "../codec";
import { readBy, readInto, type ByteSink } from "../socket-reader";
import { beginTurn, endTurn } from "../turn-end";
import { KEY, missingKey, takeAccept } from "../websocket";
import { ClientExchange, type ClientExchangeHost } from "./client-exchange";
import { DATA, END, HEAD, INFORMATIONAL, NEED_DATA } from "./events";
import { Outbox } from "./outbox";
import { Http1Parser } from "./parser";
import { requestFraming, requestText } from "./serializer";

const IDLE = 0;
const BUSY = 1;
const CLOSED = 2;
/** An upgraded connection whose socket somebody else has: of it only its end is heard. */
const HANDED = 3;

export class Http1ClientConnection implements ClientConnection, ByteSink, ClientExchangeHost {
    capacity = 1;
    readonly outbox: Outbox;
    readonly #socket: Socket;
    readonly #owner: ClientOwner;
    readonly #parser = new Http1Parser();
    #state = IDLE;
    #exchange: ClientExchange | undefined;
    #pumping = false;
    #paused = false;
    #peerEnded = false;
    #error = "";
    /** The final response began while the request was still being written. */
    #answeredEarly = false;

    constructor(socket: Socket, owner: ClientOwner) {
        this.#socket = socket;
        this.#owner = owner;
        this.outbox = new Outbox(socket);
        socket.on("error", (error: NodeJS.ErrnoException) => {
            this.#error = error.code ?? error.message;
        });
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

    /** A request may be opened on it. */
    get idle(): boolean {
        return this.#state === IDLE && !this.#socket.destroyed;
    }

    /**
     * Sends a request. `end`: it has no body. An upgrade request has none either; once `receiver` is told of status 101,
     * the writer's and the receiver's data are the two byte flows.
     */
    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter {
        if (this.#state !== IDLE) throw new Error("A request was opened on a connection that is not idle.");
        const framing = requestFraming(head, end);
        const exchange = new ClientExchange(this, head, framing, receiver);
        this.#state = BUSY;
        this.#exchange = exchange;
        this.#answeredEarly = false;
        if (head.upgrade === "websocket" && head.protocol === "HTTP/2") exchange.key = missingKey(head.headers);
        const asked = exchange.key === "" ? head : { ...head, headers: [...head.headers, KEY, exchange.key] };
        const text = this.#socket.destroyed ? undefined : requestText(asked, framing);
        if (text === undefined) {
            process.nextTick(
                failUnsent,
                this,
                exchange,
                this.#socket.destroyed ? "closed while idle" : "request head holds a forbidden byte",
            );
            return exchange;
        }
        this.#parser.expect(head.method, head.upgrade);
        this.outbox.text(text);
        this.outbox.settle();
        return exchange;
    }

    close(): void {
        this.capacity = 0;
        this.#socket.destroy();
    }

    // --- what comes in ---------------------------------------------------------------------------------------------

    onBytes(chunk: Buffer, length: number, borrowed: boolean): void {
        if (this.#state !== BUSY) return this.close();
        const exchange = this.#exchange;
        // The request still waits for the end of the turn: whatever this answers, it is not that.
        if (exchange?.flushes === this.outbox.flushes)
            return this.#fail(exchange, "connection-closed", "bytes came before the request was written");
        beginTurn();
        this.#parser.feed(chunk, length, borrowed);
        try {
            this.#pump();
        } finally {
            this.#parser.keep();
            endTurn();
        }
    }

    #pump(): void {
        if (this.#pumping) return;
        this.#pumping = true;
        const exchange = this.#exchange;
        while (exchange !== undefined && this.#exchange === exchange) {
            const event = this.#parser.next();
            if (event === NEED_DATA) break;
            if (event === DATA) exchange.receiver.onResponseData(this.#parser.data);
            else if (event === HEAD) this.#onHead(exchange);
            else if (event === END) this.#finish(exchange, false);
            else if (event === INFORMATIONAL)
                exchange.receiver.onInformational(this.#parser.responseHead!.status, this.#parser.responseHead!.headers);
            else this.#fail(exchange, "protocol-error", this.#parser.fault!.detail);
        }
        this.#pumping = false;
    }

    #onHead(exchange: ClientExchange): void {
        const parser = this.#parser;
        this.#answeredEarly = !exchange.requestEnded || this.outbox.length > 0;
        if (parser.ended) return this.#finish(exchange, true);
        if (parser.upgraded && exchange.key !== "" && !takeAccept(parser.responseHead!.headers, exchange.key))
            return this.#fail(exchange, "protocol-error", "sec-websocket-accept is no answer to the key");
        exchange.upgraded = parser.upgraded;
        exchange.receiver.onResponseHead(parser.responseHead!, false);
    }

    /** The response is whole; `inHead`: it had no body. */
    #finish(exchange: ClientExchange, inHead: boolean): void {
        const parser = this.#parser;
        const { responseHead, trailers } = parser;
        if (exchange.upgraded) return this.#finishTunnel(exchange);
        exchange.over = true;
        this.#exchange = undefined;
        if (parser.keepAlive && !this.#answeredEarly && !this.#peerEnded && parser.pending === 0 && !this.#socket.destroyed) {
            this.#state = IDLE;
            this.resumeReading();
            this.#owner.onStreamEnd();
        } else {
            this.close();
        }
        if (inHead) exchange.receiver.onResponseHead(responseHead!, true);
        else exchange.receiver.onResponseEnd(trailers);
    }

    /** The endpoint closed its side of an upgraded connection; ours goes on until the writer ends it. */
    #finishTunnel(exchange: ClientExchange): void {
        const ended = exchange.requestEnded && this.#socket.writableEnded;
        if (ended) this.#exchange = undefined;
        exchange.receiver.onResponseEnd(undefined);
    }

    #fail(exchange: ClientExchange, reason: ResetReason, detail: string): void {
        const sent = this.outbox.flushes !== exchange.flushes;
        exchange.over = true;
        this.#exchange = undefined;
        this.outbox.clear();
        this.close();
        exchange.receiver.onResponseReset(reason, sent, detail);
    }

    #onSocketEnd(): void {
        if (this.#state === HANDED) return;
        this.#peerEnded = true;
        const exchange = this.#exchange;
        if (exchange === undefined) return this.close();
        // Half an answer is no valid one (RFC 9110 §15.6.3); Envoy's parser says the same of it.
        const { inHead, idle } = this.#parser;
        if (this.#parser.finish() === END) this.#finish(exchange, false);
        else if (inHead) this.#fail(exchange, "protocol-error", "closed within the response's head");
        else this.#fail(exchange, idle ? "connection-closed" : "protocol-error", "closed before the response was whole");
    }

    #onSocketClose(): void {
        if (this.#state === CLOSED) return;
        this.#state = CLOSED;
        this.capacity = 0;
        const exchange = this.#exchange;
        if (exchange !== undefined && !(exchange.upgraded && this.#peerEnded)) {
            const isBegun = !exchange.upgraded && !this.#parser.idle;
            const detail = this.#error === "" ? "closed before the response was whole" : this.#error;
            this.#fail(exchange, isBegun ? "protocol-error" : "connection-closed", detail);
        }
        this.#exchange = undefined;
        this.#owner.onClosed();
    }

    #onDrain(): void {
        this.outbox.drained();
        const exchange = this.#exchange;
        if (exchange === undefined || !exchange.blocked) return;
        exchange.blocked = false;
        exchange.receiver.onRequestWritable();
    }

    // --- ClientExchangeHost ----------------------------------------------------------------------------------------

    failed(exchange: ClientExchange, detail: string): void {
        if (exchange === this.#exchange) this.#fail(exchange, "local", detail);
    }

    dropped(exchange: ClientExchange): void {
        exchange.over = true;
        if (exchange !== this.#exchange) return;
        this.#exchange = undefined;
        this.outbox.clear();
        // A byte stream that was cut must not look like one that has ended.
        if (exchange.upgraded && !(this.#socket instanceof TLSSocket)) resetConnection(this.#socket);
        else this.close();
    }

    tunnelEnded(exchange: ClientExchange): void {
        if (exchange !== this.#exchange) return;
        exchange.requestEnded = true;
        this.outbox.flush();
        this.#socket.end();
    }

    pauseReading(): void {
        this.#paused = true;
        this.#socket.pause();
    }

    hasSocket(exchange: ClientExchange): boolean {
        return exchange === this.#exchange && this.#parser.pending === 0 && !this.#peerEnded && !this.#socket.destroyed;
    }

    takeSocket(exchange: ClientExchange, reading: SocketReading): Socket | undefined {
        if (!readBy(this.#socket, reading)) return undefined;
        this.outbox.flush();
        this.#state = HANDED;
        this.#exchange = undefined;
        exchange.over = true;
        return this.#socket;
    }

    resumeReading(): void {
        if (!this.#paused) return;
        this.#paused = false;
        this.#socket.resume();
    }
}

/** Nothing was written: the exchange hears of it after it has its writer. */
function failUnsent(connection: Http1ClientConnection, exchange: ClientExchange, detail: string): void {
    connection.failed(exchange, detail);
}
