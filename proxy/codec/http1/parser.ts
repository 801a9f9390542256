/**
 * The one state machine of HTTP/1.1 messages, for requests and responses alike. It is fed what a socket gave and pulled
 * for what that means; it keeps its place at whatever byte the input parts. A head is parsed once, from one Buffer.
 *
 * Hot path: no callback and no allocation beyond the head itself and the views of a body. It owns what it is fed, and
 * may move bytes inside of it.
 */
import type { HeaderList, RequestHead, ResponseHead } from "../../http/doors";
import { keptCopy } from "../../net/lent-chunks";
import { CR, LF } from "./bytes";
import { ChunkReader } from "./chunks";
import { DATA, END, FAILED, HEAD, INFORMATIONAL, NEED_DATA } from "./events";
import { FAULTS, type CodecFault } from "./fault";
import { MAX_HEAD_BYTES, MAX_INFORMATIONAL, MAX_LEADING_EMPTY_LINES, MAX_TRAILER_BYTES } from "./limits";
import { parsedRequest, parseRequestHead, startsRequest, type RequestRules } from "./request-head";
import { parsedResponse, parseResponseHead } from "./response-head";
import { headEnd, SectionReader } from "./section";
import { parsedTrailers, parseTrailers } from "./trailers";

const START = 0;
const START_LF = 1;
const IN_HEAD = 2;
const FIXED = 3;
const CHUNKED = 4;
const TRAILERS = 5;
const UNTIL_CLOSE = 6;
const AT_END = 7;
const TUNNEL = 8;
const BROKEN = 9;

const EMPTY = Buffer.alloc(0);
const FIRST_RESPONSE_BYTE = 0x48;

export class Http1Parser {
    requestHead: RequestHead | undefined;
    responseHead: ResponseHead | undefined;
    /** The message was all in its head. */
    ended = false;
    /** Its sender lets the connection live on. */
    keepAlive = false;
    /** A 101 answered the upgrade: all that follows is data. */
    upgraded = false;
    data: Buffer = EMPTY;
    trailers: HeaderList | undefined;
    fault: CodecFault | undefined;

    /** Undefined: responses. */
    readonly #rules: RequestRules | undefined;
    readonly #headBytes: number;
    readonly #chunks = new ChunkReader();
    /** A head or trailer section that did not come in one piece. */
    readonly #section = new SectionReader();
    #state = START;
    #input: Buffer = EMPTY;
    #at = 0;
    /** The input's end: what lies behind it in the Buffer is somebody else's. */
    #end = 0;
    #borrowed = false;
    /** Behind the input's end is room of our own. */
    #roomy = false;
    #remaining = 0;
    #emptyLines = 0;
    #informational = 0;
    #answersHead = false;
    #askedUpgrade = "";

    constructor(rules?: RequestRules) {
        this.#rules = rules;
        this.#headBytes = rules?.maxHeadBytes ?? MAX_HEAD_BYTES;
    }

    /** Fed and not looked at. */
    get pending(): number {
        return this.#end - this.#at;
    }

    /** Between two messages, with nothing of the next one seen. */
    get idle(): boolean {
        return this.#state === START && this.#at === this.#end && this.#section.length === 0;
    }

    /** A head has begun and is not whole. */
    get inHead(): boolean {
        return this.#state === IN_HEAD;
    }

    /** What the next response answers: to HEAD it has no body, and 101 is allowed only where an upgrade was asked for. */
    expect(method: string, upgrade: string): void {
        this.#answersHead = method === "HEAD";
        this.#askedUpgrade = upgrade;
    }

    /**
     * The first `length` bytes of `chunk` come next. `borrowed`: they are there until `keep` is called, which must be
     * before the chunk's memory is used for something else.
     */
    feed(chunk: Buffer, length = chunk.length, borrowed = false): void {
        if (this.#at === this.#end) {
            this.#input = chunk;
            this.#end = length;
            this.#borrowed = borrowed;
            this.#at = 0;
            this.#roomy = false;
        } else {
            this.#append(chunk, length);
        }
    }

    /** Behind what is not looked at yet, in room that doubles: else each of many small chunks would move all before it. */
    #append(chunk: Buffer, length: number): void {
        if (!this.#roomy || this.#input.length - this.#end < length) {
            const larger = Buffer.allocUnsafeSlow(2 * (this.pending + length));
            this.#end = this.#input.copy(larger, 0, this.#at, this.#end);
            this.#at = 0;
            this.#input = larger;
            this.#roomy = true;
            this.#borrowed = false;
        }
        this.#end += chunk.copy(this.#input, this.#end, 0, length);
    }

    /** Makes what is left of the input the parser's own. */
    keep(): void {
        if (!this.#borrowed) return;
        this.#input = this.#at === this.#end ? EMPTY : Buffer.from(this.#input.subarray(this.#at, this.#end));
        this.#at = 0;
        this.#end = this.#input.length;
        this.#borrowed = false;
    }

    /** Body bytes still to come, -1 if not known. */
    get remaining(): number {
        return this.#state === FIXED ? this.#remaining : this.#state === AT_END || this.#state === START ? 0 : -1;
    }

    /** Makes the rest of the connection data, as after a 101 that was sent. */
    tunnel(): void {
        this.#state = TUNNEL;
    }

    next(): number {
        for (;;) {
            switch (this.#state) {
                case START:
                    if (this.#at === this.#end) return NEED_DATA;
                    this.#start();
                    continue;
                case START_LF:
                    if (this.#at === this.#end) return NEED_DATA;
                    if (this.#input[this.#at++] !== LF || ++this.#emptyLines > MAX_LEADING_EMPTY_LINES) return this.#fail(FAULTS.startLine);
                    this.#state = START;
                    continue;
                case IN_HEAD:
                    return this.#readHead();
                case FIXED:
                    if (this.#at === this.#end) return NEED_DATA;
                    this.#take(this.#remaining);
                    this.#remaining -= this.data.length;
                    if (this.#remaining === 0) this.#state = AT_END;
                    return DATA;
                case CHUNKED:
                    this.#chunks.read(this.#input, this.#at, this.#end);
                    this.#at = this.#chunks.at;
                    if (this.#chunks.fault !== undefined) this.#fail(this.#chunks.fault);
                    else if (this.#chunks.last) this.#beginTrailers();
                    if (this.#chunks.to > this.#chunks.from) {
                        this.#view(this.#chunks.from, this.#chunks.to);
                        return DATA;
                    }
                    if (this.#state === CHUNKED) return NEED_DATA;
                    continue;
                case TRAILERS:
                    return this.#readTrailers();
                case UNTIL_CLOSE:
                case TUNNEL:
                    if (this.#at === this.#end) return NEED_DATA;
                    this.#take(Infinity);
                    return DATA;
                case AT_END:
                    this.#state = START;
                    this.trailers = undefined;
                    return END;
                default:
                    return FAILED;
            }
        }
    }

    /** The peer will send no more: END where that ends the message, NEED_DATA between two messages, else FAILED. */
    finish(): number {
        if (this.#state === UNTIL_CLOSE || this.#state === TUNNEL) {
            this.trailers = undefined;
            this.#state = BROKEN;
            this.fault = FAULTS.truncated;
            return END;
        }
        return this.idle ? NEED_DATA : this.#fail(FAULTS.truncated);
    }

    #start(): void {
        const byte = this.#input[this.#at]!;
        if (this.#rules === undefined) {
            // Frames of HTTP/2 begin with their length, of which the first of three bytes is 0.
            if (byte !== FIRST_RESPONSE_BYTE) this.#fail(byte === 0 ? FAULTS.answerInHttp2 : FAULTS.startLine);
            else this.#beginHead();
        } else if (byte === CR) {
            this.#at++;
            this.#state = START_LF;
        } else if (startsRequest(byte)) {
            this.#beginHead();
        } else {
            this.#fail(FAULTS.startLine);
        }
    }

    #beginHead(): void {
        this.#state = IN_HEAD;
        this.#section.begin(false);
        this.#emptyLines = 0;
    }

    #readHead(): number {
        if (this.#section.length === 0) {
            const input = this.#input;
            const from = this.#at;
            const end = headEnd(input, from, Math.min(this.#end, from + this.#headBytes));
            if (end > 0) {
                this.#at = end;
                return this.#takeHead(input, from, end);
            }
        }
        if (!this.#readSection(this.#headBytes, FAULTS.headTooLarge)) return this.#state === BROKEN ? FAILED : NEED_DATA;
        const event = this.#takeHead(this.#section.store, 0, this.#section.length);
        this.#section.clear();
        return event;
    }

    #takeHead(buffer: Buffer, from: number, to: number): number {
        if (this.#rules === undefined) return this.#takeResponseHead(buffer, from, to);
        const fault = parseRequestHead(buffer, from, to, this.#rules);
        if (fault !== undefined) return this.#fail(fault);
        const head = parsedRequest.head!;
        this.requestHead = head;
        this.keepAlive = parsedRequest.keepAlive;
        this.#beginBody(parsedRequest.chunked, head.contentLength);
        return HEAD;
    }

    #takeResponseHead(buffer: Buffer, from: number, to: number): number {
        const fault = parseResponseHead(buffer, from, to);
        if (fault !== undefined) return this.#fail(fault);
        const head = parsedResponse.head!;
        const { chunked, keepAlive } = parsedResponse;
        this.responseHead = head;
        if (head.status < 200 && head.status !== 101) {
            this.#state = START;
            // An interim response that ends the connection leaves nothing to wait for.
            if (!keepAlive) return this.#fail(FAULTS.interimClose);
            return ++this.#informational > MAX_INFORMATIONAL ? this.#fail(FAULTS.tooManyInformational) : INFORMATIONAL;
        }
        this.#informational = 0;
        if (head.status === 101) {
            if (this.#askedUpgrade === "" || parsedResponse.upgrade !== this.#askedUpgrade) return this.#fail(FAULTS.unexpectedSwitch);
            this.upgraded = true;
            this.ended = false;
            this.#state = TUNNEL;
            return HEAD;
        }
        const noBody = this.#answersHead || head.status === 204 || head.status === 304;
        // A body where none may be leaves bytes whose meaning the two sides disagree on: never reuse such a connection.
        this.keepAlive = keepAlive && !(noBody && chunked) && !(head.status === 204 && head.contentLength > 0);
        if (noBody) this.#beginBody(false, 0);
        else this.#beginBody(chunked, head.contentLength);
        return HEAD;
    }

    /** `length` -1, not chunked: until the peer closes, which only a response may do. */
    #beginBody(chunked: boolean, length: number): void {
        this.ended = !chunked && length === 0;
        this.#state = chunked ? CHUNKED : length > 0 ? FIXED : length === 0 ? START : UNTIL_CLOSE;
        this.#remaining = length;
        if (chunked) this.#chunks.reset();
    }

    #beginTrailers(): void {
        this.#state = TRAILERS;
        this.#section.begin(true);
    }

    #readTrailers(): number {
        if (!this.#readSection(MAX_TRAILER_BYTES, FAULTS.trailerTooLarge)) return this.#state === BROKEN ? FAILED : NEED_DATA;
        const fault = parseTrailers(this.#section.store, this.#section.length);
        this.#section.clear();
        this.#state = START;
        this.trailers = parsedTrailers.list;
        return fault === undefined ? END : this.#fail(fault);
    }

    #readSection(limit: number, tooLarge: CodecFault): boolean {
        const section = this.#section;
        if (section.read(this.#input, this.#at, this.#end, limit, tooLarge)) {
            this.#at = section.at;
            return true;
        }
        if (section.fault !== undefined) this.#fail(section.fault);
        else this.#at = section.at;
        return false;
    }

    #take(most: number): void {
        const to = Math.min(this.#end, this.#at + most);
        this.#view(this.#at, to);
        this.#at = to;
    }

    /** A part of the body, which its receiver may hold on to. */
    #view(from: number, to: number): void {
        const input = this.#input;
        if (!this.#borrowed) {
            this.data = from === 0 && to === input.length ? input : input.subarray(from, to);
        } else {
            this.data = keptCopy(input, from, to);
        }
    }

    #fail(fault: CodecFault): number {
        this.#state = BROKEN;
        this.fault = fault;
        return FAILED;
    }
}
