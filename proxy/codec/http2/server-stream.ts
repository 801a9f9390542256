/**
 * One request of a client and the way its response goes out: the stream, and the ResponseWriter of its exchange. What comes
 * before it is dispatched waits here; after its response has ended nothing more is called on the receiver.
 */
import type {
    ConnectionInfo,
    HeaderList,
    RequestHandler,
    RequestHead,
    RequestReceiver,
    ResetReason,
    ResponseHead,
    ResponseWriter,
} from "../../http/doors";
import { headerAt } from "../../http/header-list";
import { UPLOAD_RATE } from "../../http/limit-names";
import { PROTOCOLS } from "../../http/protocols";
import { CANCEL, INTERNAL_ERROR } from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import { REQUEST, TRAILERS, type FieldSection } from "./fields";
import { MAX_INFORMATIONAL } from "./limits";
import { readRequest, readRequestHead, REFUSALS, type RefusedHead } from "./request-head";
import { hasBody, writeInformational, writeRefusal, writeResponseHead } from "./response-head";
import type { Http2ServerOptions } from "./server-options";
import type { Http2Session } from "./session";
import { passed } from "../socket-clock";
import { isTooSlow, type Paced } from "../upload-pace";
import { Stream } from "./stream";
import { gather } from "../../net/gather";

/** What a stream needs of its connection. */
export interface ServerStreamHost extends Http2Session {
    readonly scheme: "http" | "https";
    readonly isProxy: boolean;
    /** Its head is whole: it is dispatched once the whole read is decoded. */
    arrived(stream: ServerStream): void;
    /** It is answered without an exchange. */
    refused(refusal: RefusedHead): void;
}

const WAITING = 0;
const STARTED = 1;
const TUNNEL = 2;
const OVER = 3;
/** A tunnel in which only the client still sends. */
const HALF = 4;

/** Owed on a stream that carries plain bytes. */
const TUNNELLED = -2;

export class ServerStream extends Stream implements ResponseWriter, Paced {
    readonly #host: ServerStreamHost;
    #receiver: RequestReceiver | undefined = undefined;
    #request: RequestHead | undefined = undefined;
    /** Body that came before the request was dispatched. */
    #early: Buffer[] | undefined = undefined;
    #trailers: HeaderList | undefined = undefined;
    #state = WAITING;
    /** Bytes of the request's body that are still to come by content-length, and of the response's; -1: nobody has said. */
    #due = -1;
    #owed = -1;
    #informational = 0;
    #headHere = false;
    /** What the client had taken of what waits for it when that was last looked at. */
    #taken = 0;
    // Paced
    bodyBytes = 0;
    paceSince = 0;
    paceMark = 0;

    constructor(id: number, host: ServerStreamHost, sendWindow: number, receiveWindow: number) {
        super(id, sendWindow, receiveWindow);
        this.#host = host;
    }

    /** Both directions are plain bytes, and end each by itself. */
    get tunnels(): boolean {
        return this.#owed === TUNNELLED;
    }

    /** An exchange has begun, and has not heard of its end. */
    get recorded(): boolean {
        return this.#receiver !== undefined && this.#state !== OVER;
    }

    // --- what comes in -------------------------------------------------------------------------------------------------

    override get nextSection(): number {
        return this.#headHere ? TRAILERS : REQUEST;
    }

    override onFields(fields: FieldSection, tooLarge: boolean, end: boolean): Http2Fault | undefined {
        if (this.#headHere) return this.#onTrailers(fields, tooLarge, end);
        this.#headHere = true;
        if (tooLarge) {
            this.#refuse(REFUSALS.tooLarge);
            return undefined;
        }
        const refused = readRequestHead(fields, end, this.#host.scheme, this.#host.isProxy);
        if (refused !== undefined) {
            if ("code" in refused) return refused;
            this.#refuse(refused);
            return undefined;
        }
        const request = readRequest.head!;
        this.#request = request;
        // The bytes behind an extended CONNECT are no body.
        if (request.upgrade === "" && request.method !== "CONNECT") this.#due = fields.contentLength;
        this.#host.arrived(this);
        return undefined;
    }

    #onTrailers(fields: FieldSection, tooLarge: boolean, end: boolean): Http2Fault | undefined {
        if (!end) return FAULTS.trailers;
        if (tooLarge) return FAULTS.trailersTooLarge;
        if (fields.fault !== undefined) return { ...FAULTS.fields, section: fields.fault.section, detail: fields.fault.detail };
        if (fields.list.length > 0) this.#trailers = fields.list;
        return this.onEnd();
    }

    override onData(chunk: Buffer): Http2Fault | undefined {
        if (this.#due >= 0 && (this.#due -= chunk.length) < 0) return FAULTS.contentLength;
        if (this.#state === OVER) return undefined;
        this.bodyBytes += chunk.length;
        if (this.#receiver !== undefined) this.#receiver.onRequestData(chunk);
        else if (this.#early === undefined) this.#early = [chunk];
        else gather(this.#early, chunk);
        return undefined;
    }

    override onEnd(): Http2Fault | undefined {
        if (this.#due > 0) return FAULTS.contentLength;
        if (this.#state !== OVER) this.#receiver?.onRequestEnd(this.#trailers);
        return undefined;
    }

    /** Hands it to the exchange, with all that has come of it. */
    dispatch(handler: RequestHandler, info: ConnectionInfo): void {
        const early = this.#early;
        const end = this.remoteEnded && early === undefined && this.#trailers === undefined;
        this.#early = undefined;
        const receiver = handler(this.#request!, end, this, info);
        this.#receiver = receiver;
        if (end) return;
        if (early !== undefined) for (const chunk of early) if (!this.#isOver) receiver.onRequestData(chunk);
        if (this.remoteEnded && !this.#isOver) receiver.onRequestEnd(this.#trailers);
    }

    get #isOver(): boolean {
        return this.#state === OVER;
    }

    #refuse(refusal: RefusedHead): void {
        this.#state = OVER;
        this.#host.refused(refusal);
        writeRefusal(this.#host, this, refusal.status);
    }

    /** Looks whether anything has moved on it. */
    sweep(now: number, { streamIdleTimeout, tunnelIdleTimeout, uploadRate, uploadWindow }: Http2ServerOptions): void {
        if (this.sent !== this.#taken) this.touched = now;
        this.#taken = this.sent;
        const idle = passed(now - this.touched, this.tunnels ? tunnelIdleTimeout : streamIdleTimeout);
        if (idle && !this.#mayBeQuiet) return this.#timedOut();
        const mayFlow = this.#state === WAITING && this.#receiver !== undefined && !this.remoteEnded && !this.paused && !this.#waitsForWord;
        if (isTooSlow(this, now, mayFlow, uploadRate, uploadWindow) && !this.#mayBeQuiet) this.#timedOut(UPLOAD_RATE);
    }

    /**
     * Who waits for news says nothing for long, nor is it answered before there is some: a call of gRPC ends by its own deadline or its
     * route's. Istio's gateways cut no stream for being quiet; whether the client is still there PINGs tell.
     */
    get #mayBeQuiet(): boolean {
        const headers = this.#state === OVER || this.#request === undefined ? [] : this.#request.headers;
        const at = headerAt(headers, "content-type");
        return at !== -1 && headers[at + 1]!.startsWith("application/grpc");
    }

    /** It sends its body once it is told to. */
    get #waitsForWord(): boolean {
        return this.bodyBytes === 0 && this.#request?.expectContinue === true;
    }

    #timedOut(detail = ""): void {
        if (this.#state === OVER) return this.#host.resetStream(this, CANCEL);
        const started = this.#state !== WAITING;
        this.#lose("timeout", detail);
        if (started) this.#host.resetStream(this, CANCEL);
        else writeRefusal(this.#host, this, this.remoteEnded ? 504 : 408);
    }

    override onReset(): void {
        this.#lose("remote-reset", "");
    }

    override onFault(): void {
        this.#lose("protocol-error", PROTOCOLS.http2.codecError);
    }

    override onLost(fault: Http2Fault | undefined): void {
        if (fault === undefined) this.#lose("client-gone", "");
        else this.onFault();
    }

    #lose(reason: ResetReason, codecError: string): void {
        if (this.#state === OVER) return;
        this.#state = OVER;
        this.#receiver?.onRequestReset(reason, codecError);
    }

    override onWritable(): void {
        if (this.#state !== OVER) this.#receiver?.onResponseWritable();
    }

    // --- ResponseWriter ------------------------------------------------------------------------------------------------

    informational(status: number, headers: HeaderList): void {
        if (this.#state !== WAITING || ++this.#informational > MAX_INFORMATIONAL) return;
        writeInformational(this.#host, this, status, headers);
    }

    head(head: ResponseHead, end: boolean): void {
        if (this.#state !== WAITING) return;
        const connected = this.#request!.method === "CONNECT" && head.status >= 200 && head.status < 300;
        if (head.status === 101 || connected) return this.#switch(head, connected ? head.status : 200);
        const body = hasBody(head, end, this.#request!.method);
        this.#state = body ? STARTED : OVER;
        this.#owed = head.contentLength;
        if (!writeResponseHead(this.#host, this, head, head.status, !body)) this.#cut();
    }

    /** RFC 8441 §5: what 101 is on HTTP/1.1 is 200 here. */
    #switch(head: ResponseHead, status: number): void {
        if (this.#request!.upgrade === "" && this.#request!.method !== "CONNECT") return this.#cut();
        this.#state = TUNNEL;
        this.#owed = TUNNELLED;
        if (!writeResponseHead(this.#host, this, { ...head, contentLength: -1 }, status, false)) this.#cut();
    }

    data(chunk: Buffer): boolean {
        if (chunk.length === 0 || (this.#state !== STARTED && this.#state !== TUNNEL)) return true;
        if (this.#owed >= 0 && (this.#owed -= chunk.length) < 0) {
            this.#cut();
            return true;
        }
        return this.#host.sendData(this, chunk);
    }

    end(trailers: HeaderList | undefined): void {
        if (this.#state !== STARTED && this.#state !== TUNNEL) return;
        if (this.#owed > 0) return this.#cut();
        // In a tunnel that CONNECT has asked for, the client may still send.
        this.#state = this.#state === TUNNEL && this.#request!.method === "CONNECT" ? HALF : OVER;
        this.#host.sendEnd(this, trailers);
    }

    reset(_reason: ResetReason): void {
        if (this.#state !== OVER) this.#cut();
    }

    /** The response cannot be completed: the client must see that. */
    #cut(): void {
        this.#state = OVER;
        this.#host.resetStream(this, INTERNAL_ERROR);
    }

    pauseRequest(): void {
        if (!this.closed) this.#host.pauseStream(this);
    }

    resumeRequest(): void {
        if (!this.closed) this.#host.resumeStream(this);
    }
}
