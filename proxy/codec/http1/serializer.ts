/**
 * Heads to text, from parsed values only: the framing fields are made anew from the one length that was agreed on, and
 * nothing that would end a line can stand in a name or value, wherever it came from.
 *
 * Hot path: one pass of concatenation a head; the text is written as latin1 by the outbox.
 */
import type { HeaderList, RequestHead, ResponseHead } from "../../http/doors";
import { REASONS } from "../../http/reasons";
import { ALLOW } from "../methods";
import { PLAIN, TE, kindOfName } from "./field-names";
import { isToken } from "./fields";

/** CTLs but HTAB, and what latin1 would cut down to one of them. */
export const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
export const NOT_IN_TARGET = /[^\x21-\x7e]/;

/** A body's framing on the wire. */
export const NO_BODY = 0;
export const LENGTH = 1;
export const CHUNKED = 2;
/** Ended by closing the connection: to HTTP/1.0 clients only. */
export const UNTIL_CLOSE = 3;

export function requestFraming(head: RequestHead, end: boolean): number {
    return end || head.contentLength === 0 ? NO_BODY : head.contentLength > 0 ? LENGTH : CHUNKED;
}

/** The text of a request head, or undefined if it holds what no head may. */
export function requestText(head: RequestHead, framing: number): string | undefined {
    if (!isToken(head.method) || head.path === "" || NOT_IN_TARGET.test(head.path) || NOT_IN_VALUE.test(head.authority)) return undefined;
    const fields = fieldsText(head.headers);
    if (fields === undefined) return undefined;
    let text = `${head.method} ${head.path} HTTP/1.1\r\nhost: ${head.authority}\r\n${fields}`;
    if (framing === CHUNKED) text += "transfer-encoding: chunked\r\n";
    else if (framing === LENGTH) text += `content-length: ${head.contentLength}\r\n`;
    else if (impliesBody(head.method)) text += "content-length: 0\r\n";
    if (head.expectContinue && framing !== NO_BODY) text += "expect: 100-continue\r\n";
    if (head.upgrade !== "") {
        if (NOT_IN_TARGET.test(head.upgrade)) return undefined;
        return `${text}connection: upgrade\r\nupgrade: ${head.upgrade}\r\n\r\n`;
    }
    return hasTe(head.headers) ? `${text}connection: te\r\n\r\n` : `${text}\r\n`;
}

/** Methods whose empty body is said, as Envoy does: a server may wait for one, or answer 411 (RFC 9110 §8.6). */
function impliesBody(method: string): boolean {
    return method !== "GET" && method !== "HEAD" && method !== "DELETE";
}

/** RFC 9110 §10.1.4: te is a matter of one connection and is named in connection. */
function hasTe(headers: HeaderList): boolean {
    for (let index = 0; index < headers.length; index += 2) {
        if (headers[index] === "te") return true;
    }
    return false;
}

export interface ResponseContext {
    readonly method: string;
    readonly http10: boolean;
    readonly upgrade: string;
}

export function responseFraming(head: ResponseHead, end: boolean, context: ResponseContext): number {
    if (end || context.method === "HEAD" || head.status === 204 || head.status === 304 || head.contentLength === 0) return NO_BODY;
    return head.contentLength > 0 ? LENGTH : context.http10 ? UNTIL_CLOSE : CHUNKED;
}

/** The text of a response head, or undefined if it holds what no head may. */
export function responseText(
    head: ResponseHead,
    framing: number,
    end: boolean,
    close: boolean,
    context: ResponseContext,
): string | undefined {
    const fields = fieldsText(head.headers);
    if (fields === undefined) return undefined;
    let text = statusLine(head.status) + fields;
    if (framing === LENGTH) text += `content-length: ${head.contentLength}\r\n`;
    else if (framing === CHUNKED) text += "transfer-encoding: chunked\r\n";
    else if (framing === NO_BODY) text += bodylessLength(head, end, context);
    if (head.status === 101) return `${text}connection: upgrade\r\nupgrade: ${context.upgrade}\r\n\r\n`;
    if (close) return `${text}connection: close\r\n\r\n`;
    return context.http10 ? `${text}connection: keep-alive\r\n\r\n` : `${text}\r\n`;
}

/** The head of 2xx to CONNECT, behind which is no body, and so no word of one (RFC 9110 §9.3.6). */
export function tunnelText(head: ResponseHead): string | undefined {
    const fields = fieldsText(head.headers);
    return fields === undefined ? undefined : `${statusLine(head.status)}${fields}\r\n`;
}

/** What content-length says where no body follows: to HEAD and in 304 the length a GET would have, else 0. */
function bodylessLength(head: ResponseHead, end: boolean, context: ResponseContext): string {
    if (head.status === 204 || head.status < 200) return "";
    if (context.method === "HEAD" || head.status === 304) return head.contentLength < 0 ? "" : `content-length: ${head.contentLength}\r\n`;
    return end || head.contentLength === 0 ? "content-length: 0\r\n" : "";
}

/** 1xx but 101, without framing: they never have a body. */
export function informationalText(status: number, headers: HeaderList): string | undefined {
    const fields = fieldsText(headers);
    return fields === undefined ? undefined : `${statusLine(status)}${fields}\r\n`;
}

/** The end of a chunked body. Trailers that cannot be written are left out: the body itself is whole. */
export function lastChunkText(trailers: HeaderList | undefined): string {
    if (trailers === undefined) return "0\r\n\r\n";
    return `0\r\n${fieldsText(trailers) ?? ""}\r\n`;
}

const CONTENT_LENGTH_NAME = "content-length";

/**
 * The names that stood in these places of the last list and are known as plain: most lists are like the one before, and
 * interned names compare by pointer.
 */
const usual: string[] = new Array<string>(32).fill("");

/** Field lines; names that are the codec's own are left out, whoever put them there. */
function fieldsText(headers: HeaderList): string | undefined {
    let text = "";
    for (let index = 0; index < headers.length; index += 2) {
        const name = headers[index]!;
        const value = headers[index + 1]!;
        // In most responses, and written from the length that was agreed on.
        if (name === CONTENT_LENGTH_NAME) continue;
        if (index >= usual.length || usual[index] !== name) {
            const kind = kindOfName(name);
            if (kind === undefined) {
                if (!isToken(name)) return undefined;
            } else if (kind === PLAIN) {
                if (index < usual.length) usual[index] = name;
            } else if (kind !== TE) {
                continue;
            }
        }
        if (NOT_IN_VALUE.test(value)) return undefined;
        text += `${name}: ${value}\r\n`;
    }
    return text;
}

const statusLines = new Map(Object.entries(REASONS).map(([status, reason]) => [Number(status), `HTTP/1.1 ${status} ${reason}\r\n`]));

/** The reason phrase is ours: a backend's own says nothing that the status does not. */
function statusLine(status: number): string {
    return statusLines.get(status) ?? `HTTP/1.1 ${status} \r\n`;
}

/** Whoever runs an old load balancer in front is to know what ails it. */
const LOW_VERSION = "HTTP/1.0 is not accepted: use HTTP/1.1, or have the gateway accept it (acceptHttp10).\n";

export function refusalBody(status: number): string {
    return status === 426 ? LOW_VERSION : "";
}

/** What a client is told whose request is refused before it reached the exchange. The connection ends with it. */
export function refusalText(status: number): string {
    // RFC 9110 §15.5.6 and §15.5.22 want these two named.
    const more = status === 405 ? `allow: ${ALLOW}\r\n` : status === 426 ? "upgrade: HTTP/1.1\r\n" : "";
    const connection = status === 426 ? "close, upgrade" : "close";
    const body = refusalBody(status);
    const type = body === "" ? "" : "content-type: text/plain\r\n";
    return `${statusLine(status)}${more}date: ${new Date().toUTCString()}\r\n${type}content-length: ${body.length}\r\nconnection: ${connection}\r\n\r\n${body}`;
}
