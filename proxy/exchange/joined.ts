/**
 * An upgraded connection whose two sockets are joined: what goes through it, as messages of a WebSocket, meets neither a codec nor
 * an exchange any more. Where the client speaks HTTP/2, or bytes wait somewhere, it goes through the doors as before.
 */
import type { RequestWriter } from "../http/doors";
import { Splice, type SpliceResult } from "../tcp";
import type { ForwardingHost } from "./forwarding-host";

/**
 * Undefined: they can't be joined now, and nothing has changed. `idleMs`: how long nothing may move; 0: for ever; undefined: as long as in TCP.
 * `done` is called once, when both sides are closed.
 */
export function joinUpgraded(
    exchange: Pick<ForwardingHost, "takeSocket">,
    writer: RequestWriter,
    idleMs: number | undefined,
    done: (result: SpliceResult) => void,
): Splice | undefined {
    if (writer.hasSocket !== true || writer.takeSocket === undefined) return undefined;
    const splice = new Splice(done, idleMs === 0 ? Infinity : idleMs);
    const client = exchange.takeSocket(splice.clientReading);
    if (client === undefined) return undefined;
    const upstream = writer.takeSocket(splice.upstreamReading);
    if (upstream === undefined) {
        client.destroy();
        done({ end: "local", bytesReceived: 0, bytesSent: 0 });
        return undefined;
    }
    splice.start(client, true, upstream, undefined, { isRead: true });
    return splice;
}
