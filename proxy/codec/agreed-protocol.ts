/** What the two ends of a connection have agreed to speak: accepted or dialled, it is read the same way. */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";

/** The id of ALPN (RFC 7301); empty: no handshake agreed on any. */
export function agreedProtocol(socket: Socket): string {
    return socket instanceof TLSSocket ? socket.alpnProtocol || "" : "";
}
