/** Response heads to header blocks (RFC 9113 §8.3.2), with the one length that was agreed on. */
import type { HeaderList, ResponseHead } from "../../http/doors";
import { headerAt } from "../../http/header-list";
import { ALLOW } from "../methods";
import { encodedBound, UNWRITABLE } from "./hpack/encoder";
import type { Http2Session } from "./session";
import type { Stream } from "./stream";

/** `:status`, `content-length` and `date`. */
const OWN_FIELDS_BYTES = 128;

/** Whether a body follows this head. */
export function hasBody(head: ResponseHead, end: boolean, method: string): boolean {
    return !end && method !== "HEAD" && head.status !== 204 && head.status !== 304 && head.contentLength !== 0;
}

/** False: it holds what no head may, and nothing was written. `status` is the head's, or what stands for it here. */
export function writeResponseHead(session: Http2Session, stream: Stream, head: ResponseHead, status: number, end: boolean): boolean {
    const { headers } = head;
    session.beginBlock(encodedBound(headers, OWN_FIELDS_BYTES));
    const { block, encoder } = session;
    let at = encoder.status(status, block, encoder.begin(block, session.blockAt));
    at = encoder.fields(headers, block, at);
    if (saysLength(head)) at = encoder.field("content-length", String(head.contentLength), block, at);
    if (at === UNWRITABLE) return false;
    session.endBlock(stream, at, end);
    return true;
}

/** Of an empty body only where somebody said so: END_STREAM says it already. */
function saysLength({ status, contentLength, headers }: ResponseHead): boolean {
    if (status < 200 || status === 204 || contentLength < 0) return false;
    return contentLength > 0 || headerAt(headers, "content-length") !== -1;
}

/** 1xx but 101. False as above. */
export function writeInformational(session: Http2Session, stream: Stream, status: number, headers: HeaderList): boolean {
    return writeResponseHead(session, stream, { status, headers, contentLength: -1 }, status, false);
}

/** What a client is told whose request is refused before it reached the exchange. */
export function writeRefusal(session: Http2Session, stream: Stream, status: number): void {
    const headers: HeaderList = ["date", new Date().toUTCString()];
    // RFC 9110 §15.5.6 wants them named.
    if (status === 405) headers.push("allow", ALLOW);
    writeResponseHead(session, stream, { status, headers, contentLength: 0 }, status, true);
}
