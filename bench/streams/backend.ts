/**
 * A program: the server that streams lead to. What comes goes back, or so many bytes do by a word. Who asks for a WebSocket
 * gets one, in which frames go back as they came: no proxy looks into them.
 */
import { createHash } from "node:crypto";
import { serveExchanges } from "../exchanges";

const GET = "GET ";
/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function accepted(head: string): string {
    const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? "";
    const accept = createHash("sha1")
        .update(key + GUID)
        .digest("base64");
    return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

serveExchanges((first) => (first.toString("latin1", 0, GET.length) === GET ? accepted(first.toString("latin1")) : undefined));
