/**
 * The proof that a WebSocket's server has read its handshake: a key and its answer (RFC 6455 §4.2.2). HTTP/2 has none (RFC 8441
 * §5); where a connection that needs it meets one that does not, the codec on the side that needs it supplies it.
 */
import { createHash, randomBytes } from "node:crypto";
import type { HeaderList } from "../http/doors";
import { headerAt, headerValue, removeHeader } from "../http/header-list";

export const KEY = "sec-websocket-key";
export const ACCEPT = "sec-websocket-accept";

/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export function acceptFor(key: string): string {
    return createHash("sha1")
        .update(key + GUID)
        .digest("base64");
}

/** A key for a handshake that has none; empty: it has one. */
export function missingKey(headers: HeaderList): string {
    return headerAt(headers, KEY) === -1 ? randomBytes(16).toString("base64") : "";
}

/** Takes the answer to a key of ours out of a response's fields; whether it was the right one. */
export function takeAccept(headers: HeaderList, key: string): boolean {
    const accept = headerValue(headers, ACCEPT);
    removeHeader(headers, ACCEPT);
    return accept === acceptFor(key);
}
