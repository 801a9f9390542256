/**
 * Has an accepted socket read as `onread` has one of our own. Node offers that for sockets that we open alone; the fields are the same.
 * They are no public properties, so a self-test at start-up proves the exchange on this very Node, and where it fails sockets are served
 * by `data` events as before.
 */
import net from "node:net";
import { READ_FIELDS as fields } from "../net/read-fields";

type Internals = net.Socket & Record<symbol, unknown> & { readonly _handle?: { useUserBuffer?: (buffer: Uint8Array) => void } | null };
type Reading = net.OnReadOpts & { readonly buffer: () => Uint8Array };

let usable = false;

/** From now on it reads through `onread`, and is paused. False: it is as it was, and `data` events serve. */
export function adoptAccepted(socket: net.Socket, onread: Reading): boolean {
    return usable && exchange(socket, onread);
}

function exchange(socket: net.Socket, { buffer, callback }: Reading): boolean {
    const internals = socket as Internals;
    const handle = internals._handle;
    if (fields === undefined || typeof handle?.useUserBuffer !== "function") return false;
    // What was read already belongs to who reads by events.
    if (socket.destroyed || socket.readableLength > 0 || socket.readableEnded) return false;
    const first = buffer();
    internals[fields.buffer] = first;
    internals[fields.callback] = callback;
    internals[fields.generator] = buffer;
    handle.useUserBuffer(first);
    // The handle stops too, as it does of a socket that reads so.
    socket.pause();
    return true;
}

/**
 * Proves on a real connection that bytes, end and answer pass; resolves with whether adopting is used from now on.
 * Zero time: not tried, and not used.
 */
export async function testAdoption(timeoutMs = 2_000): Promise<boolean> {
    usable = false;
    if (timeoutMs <= 0) return false;
    const sent = 300_000;
    usable = await new Promise<boolean>((resolve) => {
        const server = net.createServer({ allowHalfOpen: true });
        const client = new net.Socket();
        const finish = (result: boolean) => {
            clearTimeout(timer);
            client.destroy();
            server.close();
            resolve(result);
        };
        const timer = setTimeout(finish, timeoutMs, false);
        server.on("error", () => finish(false));
        client.on("error", () => finish(false));
        server.on("connection", (accepted) => {
            accepted.on("error", () => {});
            let received = 0;
            const isAdopted = exchange(accepted, {
                buffer: () => Buffer.allocUnsafeSlow(65_536),
                callback: (length, buffer) => {
                    // Node hands over the bytes in the buffer itself: each must be what was sent.
                    received += (buffer as Buffer).subarray(0, length).every((byte) => byte === 7) ? length : 0;
                    return true;
                },
            });
            if (!isAdopted) return finish(false);
            accepted.on("error", () => finish(false));
            accepted.on("end", () => accepted.end(received === sent ? "whole" : "broken"));
            accepted.resume();
        });
        let answer = "";
        client.on("data", (chunk) => (answer += chunk.toString("latin1")));
        client.on("end", () => finish(answer === "whole"));
        server.listen(0, "127.0.0.1", () => {
            client.connect((server.address() as net.AddressInfo).port, "127.0.0.1");
            client.end(Buffer.alloc(sent, 7));
        });
    });
    return usable;
}
