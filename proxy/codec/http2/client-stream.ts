/**
 * One request on its way to an endpoint: the stream, and the RequestWriter of its exchange. Its response is held to the rules
 * that a request's is (RFC 9113 §8.1, §8.3.2): what an endpoint sends wrong must not reach a client in a form of its own.
 */
import type { HeaderList, RequestHead, RequestWriter, ResetReason, ResponseReceiver } from "../../http/doors";
import { setHeader } from "../../http/header-list";
import { ACCEPT } from "../websocket";
import { acceptOf } from "./client-request";
import { CANCEL, errorName, INTERNAL_ERROR, NO_ERROR, PROTOCOL_ERROR, REFUSED_STREAM } from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import { RESPONSE, TRAILERS, type FieldSection } from "./fields";
import { MAX_INFORMATIONAL } from "./limits";
import type { Http2Session } from "./session";
import { Stream } from "./stream";

/** What a stream needs of its connection. */
export interface ClientStreamHost extends Http2Session {
    /** How often something was written to the socket. */
    readonly flushes: number;
}

/** The final response's head is still to come. */
const AWAITED = 0;
const STARTED = 1;
/** Both directions are plain bytes, and end each by itself. */
const TUNNEL = 2;
const OVER = 3;

export class ClientStream extends Stream implements RequestWriter {
    readonly #host: ClientStreamHost;
    readonly #request: RequestHead;
    readonly #receiver: ResponseReceiver;
    /** The host's count when it began: tells whether any byte of it may have left. */
    readonly #flushes: number;
    #state = AWAITED;
    /** All of the request was handed in. */
    #requestEnded: boolean;
    /** Bytes of the request's body that are still to come by its content-length, and of the response's; -1: nobody has said. */
    #owed: number;
    #due = -1;
    #informational = 0;

    constructor(id: number, host: ClientStreamHost, request: RequestHead, end: boolean, receiver: ResponseReceiver, window: number) {
        super(id, host.peer.initialWindow, window);
        this.#host = host;
        this.#request = request;
        this.#receiver = receiver;
        this.#flushes = host.flushes;
        this.#requestEnded = end && request.upgrade === "";
        this.#owed = request.contentLength;
    }

    // --- what comes in -------------------------------------------------------------------------------------------------

    override get nextSection(): number {
        return this.#state === AWAITED ? RESPONSE : TRAILERS;
    }

    override onFields(fields: FieldSection, tooLarge: boolean, end: boolean): Http2Fault | undefined {
        if (this.#state !== AWAITED) return this.#onTrailers(fields, tooLarge, end);
        if (tooLarge) return FAULTS.responseTooLarge;
        if (fields.fault !== undefined) return { ...FAULTS.fields, section: fields.fault.section, detail: fields.fault.detail };
        const status = statusOf(fields.status);
        if (status < 200) return this.#onInformational(status, fields.list, end);
        return this.#onHead(status, fields.list, fields.contentLength, end);
    }

    /** 101 is nothing that HTTP/2 has (§8.6). */
    #onInformational(status: number, headers: HeaderList, end: boolean): Http2Fault | undefined {
        if (status < 0) return FAULTS.status;
        if (end || status === 101 || ++this.#informational > MAX_INFORMATIONAL) return FAULTS.informational;
        this.#receiver.onInformational(status, headers);
        return undefined;
    }

    #onHead(status: number, headers: HeaderList, contentLength: number, end: boolean): Http2Fault | undefined {
        if (this.#request.upgrade !== "" && status < 300 && !end) return this.#onSwitch(headers);
        const bodiless = this.#request.method === "HEAD" || status === 204 || status === 304;
        if (contentLength > 0 && (status === 204 || (end && !bodiless))) return FAULTS.contentLength;
        this.#due = bodiless ? 0 : contentLength;
        if (end) this.#conclude();
        else this.#state = STARTED;
        this.#receiver.onResponseHead({ status, headers, contentLength }, end);
        return undefined;
    }

    /** RFC 8441 §5: 2xx is what 101 is on HTTP/1.1. */
    #onSwitch(headers: HeaderList): undefined {
        this.#state = TUNNEL;
        const accept = acceptOf(this.#request.headers);
        if (accept !== undefined) setHeader(headers, ACCEPT, accept);
        this.#receiver.onResponseHead({ status: 101, headers, contentLength: -1 }, false);
    }

    #onTrailers(fields: FieldSection, tooLarge: boolean, end: boolean): Http2Fault | undefined {
        if (!end) return FAULTS.trailers;
        if (tooLarge) return FAULTS.trailersTooLarge;
        if (fields.fault !== undefined) return { ...FAULTS.fields, section: fields.fault.section, detail: fields.fault.detail };
        return this.#onLast(fields.list.length > 0 ? fields.list : undefined);
    }

    override onData(chunk: Buffer): Http2Fault | undefined {
        if (this.#state === AWAITED) return FAULTS.headMissing;
        if (this.#due >= 0 && (this.#due -= chunk.length) < 0) return FAULTS.contentLength;
        if (this.#state !== OVER) this.#receiver.onResponseData(chunk);
        return undefined;
    }

    override onEnd(): Http2Fault | undefined {
        return this.#state === AWAITED ? FAULTS.headMissing : this.#onLast(undefined);
    }

    #onLast(trailers: HeaderList | undefined): Http2Fault | undefined {
        if (this.#due > 0) return FAULTS.contentLength;
        if (this.#state === OVER) return undefined;
        // Ours goes on until the writer ends it.
        if (this.#state !== TUNNEL) this.#conclude();
        this.#receiver.onResponseEnd(trailers);
        return undefined;
    }

    /** The response is whole. Of a request that is not, nobody wants the rest (§8.1). */
    #conclude(): void {
        this.#state = OVER;
        if (!this.localEnded) this.#host.resetStream(this, NO_ERROR);
    }

    override onReset(code: number): void {
        const detail = `RST_STREAM ${errorName(code)}`;
        // Who has answered has processed it, whatever it says.
        const answered = this.#state !== AWAITED || this.#informational > 0;
        if (code === REFUSED_STREAM) this.#lose("refused", answered, detail);
        else this.#lose(code === PROTOCOL_ERROR ? "protocol-error" : "remote-reset", true, detail);
    }

    override onFault({ detail }: Http2Fault): void {
        this.#lose("protocol-error", true, detail);
    }

    override onLost(fault: Http2Fault | undefined, detail: string): void {
        this.#lose(fault === undefined ? "connection-closed" : "protocol-error", this.#host.flushes !== this.#flushes, detail);
    }

    /** GOAWAY says that it was not processed (§6.8). It is out of the table. */
    goneAway(detail: string): void {
        this.#lose("refused", false, detail);
    }

    /** Nothing of it was written. It is out of the table. */
    unsent(reason: ResetReason, detail: string): void {
        this.#lose(reason, false, detail);
    }

    #lose(reason: ResetReason, sent: boolean, detail: string): void {
        if (this.#state === OVER) return;
        this.#state = OVER;
        this.#receiver.onResponseReset(reason, sent, detail);
    }

    override onWritable(): void {
        if (this.#state !== OVER) this.#receiver.onRequestWritable();
    }

    // --- RequestWriter -------------------------------------------------------------------------------------------------

    /** Whether what is handed in is for the wire: before an upgrade is answered there is nothing to send. */
    get #takes(): boolean {
        return !this.closed && !this.#requestEnded && (this.#request.upgrade === "" || this.#state === TUNNEL);
    }

    data(chunk: Buffer): boolean {
        if (!this.#takes || chunk.length === 0) return true;
        if (this.#state !== TUNNEL && this.#owed >= 0 && (this.#owed -= chunk.length) < 0) {
            this.#fail("request body longer than its content-length");
            return true;
        }
        return this.#host.sendData(this, chunk);
    }

    end(trailers: HeaderList | undefined): void {
        if (!this.#takes) return;
        if (this.#state !== TUNNEL && this.#owed > 0) return this.#fail("request body shorter than its content-length");
        this.#requestEnded = true;
        this.#host.sendEnd(this, this.#state === TUNNEL ? undefined : trailers);
    }

    /** The request cannot be completed, through a fault on our side. */
    #fail(detail: string): void {
        this.#host.resetStream(this, INTERNAL_ERROR);
        this.#lose("local", this.#host.flushes !== this.#flushes, detail);
    }

    reset(_reason: ResetReason): void {
        if (this.#state === OVER) return;
        this.#state = OVER;
        if (!this.closed) this.#host.resetStream(this, CANCEL);
    }

    pauseResponse(): void {
        if (!this.closed) this.#host.pauseStream(this);
    }

    resumeResponse(): void {
        if (!this.closed) this.#host.resumeStream(this);
    }
}

/** Three digits, the first of them no 0; -1: it is none. */
function statusOf(text: string | undefined): number {
    return text !== undefined && text.length === 3 && /^[1-9][0-9]{2}$/.test(text) ? Number(text) : -1;
}
