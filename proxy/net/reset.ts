/**
 * Ends a connection so that its peer sees a cut and no end: RST. libuv refuses that while an end of ours is being written
 * (`uv_tcp_close_reset` with a shutdown under way), and Node then gives up the handle without closing it: a descriptor is lost
 * for as long as the process lives. Whoever ends and cuts in one turn decides with what the peer sends when that happens.
 */
import type net from "node:net";

/** For plain sockets; of TLS the alert is missing whatever is done. Where the end is under way, the peer has our end in any case. */
export function resetConnection(socket: net.Socket): void {
    if (socket.writableEnded && !socket.writableFinished && socket.writableLength === 0) socket.destroy();
    else socket.resetAndDestroy();
}
