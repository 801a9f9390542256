/**
 * Request heads to header blocks (RFC 9113 §8.3.1), with the one length that was agreed on. An upgrade becomes an extended
 * CONNECT (RFC 8441 §4): what its handshake proves by a key, HTTP/2 needs no proof of.
 */
import type { HeaderList, RequestHead } from "../../http/doors";
import { headerAt, headerValue } from "../../http/header-list";
import { NOT_IN_TARGET } from "../http1/serializer";
import { acceptFor, KEY } from "../websocket";
import { encodedBound, UNWRITABLE } from "./hpack/encoder";
import type { Http2Session } from "./session";
import type { Stream } from "./stream";

/** Names and overheads of the pseudo-fields, `content-length` and `expect`. */
const OWN_FIELDS_BYTES = 256;

/** False: it holds what no head may, and nothing was written. `end`: no body follows. */
export function writeRequestHead(session: Http2Session, stream: Stream, head: RequestHead, end: boolean): boolean {
    const { method, scheme, authority, path, upgrade } = head;
    if (path === "" || NOT_IN_TARGET.test(path) || NOT_IN_TARGET.test(method + upgrade)) return false;
    const isTunnel = upgrade !== "";
    const headers = isTunnel ? withoutKey(head.headers) : head.headers;
    session.beginBlock(encodedBound(headers, OWN_FIELDS_BYTES + method.length + authority.length + path.length + upgrade.length));
    const { block, encoder } = session;
    let at = encoder.begin(block, session.blockAt);
    at = encoder.field(":method", isTunnel ? "CONNECT" : method, block, at);
    if (isTunnel) at = encoder.field(":protocol", upgrade, block, at);
    at = encoder.field(":scheme", scheme, block, at);
    at = encoder.field(":authority", authority, block, at);
    at = encoder.field(":path", path, block, at);
    at = encoder.fields(headers, block, at);
    if (!isTunnel) {
        if (head.contentLength > 0 && !end) at = encoder.field("content-length", String(head.contentLength), block, at);
        else if (saysEmpty(head)) at = encoder.field("content-length", "0", block, at);
        if (head.expectContinue && !end) at = encoder.field("expect", "100-continue", block, at);
    }
    if (at === UNWRITABLE) return false;
    session.endBlock(stream, at, end && !isTunnel);
    return true;
}

/** END_STREAM says it already; said is what the client has said. */
function saysEmpty({ method, contentLength, headers }: RequestHead): boolean {
    return method !== "GET" && contentLength === 0 && headerAt(headers, "content-length") !== -1;
}

function withoutKey(headers: HeaderList): HeaderList {
    const at = headerAt(headers, KEY);
    return at === -1 ? headers : [...headers.slice(0, at), ...headers.slice(at + 2)];
}

/** What a client that sent a key takes for the endpoint's word; undefined: it sent none. */
export function acceptOf(headers: HeaderList): string | undefined {
    const key = headerValue(headers, KEY);
    return key === undefined ? undefined : acceptFor(key);
}
