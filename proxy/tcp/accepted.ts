/**
 * The one file that reaches into an accepted socket. `onread` is an option of sockets that we open; Node ignores it
 * for accepted ones. A new Socket over the same handle takes it. That handle is no public property, so a self-test at
 * start-up proves the exchange on this very Node, and where it fails sockets are served by `data` events as before.
 */
import net from "node:net";

interface Handle {
    readStop(): number;
    reading: boolean;
}
interface SocketInternals {
    _handle: Handle | null;
}

let usable = false;

/** The same connection as a socket that reads through `onread`; undefined: use `socket` as it is. */
export function adoptAccepted(socket: net.Socket, onread: net.OnReadOpts): net.Socket | undefined {
    return usable ? exchange(socket, onread) : undefined;
}

function exchange(socket: net.Socket, onread: net.OnReadOpts): net.Socket | undefined {
    const internals = socket as unknown as SocketInternals;
    const handle = internals._handle;
    // What was read already, or an error on its way, belongs to the old socket.
    if (!handle || socket.destroyed || socket.readableLength > 0 || socket.readableEnded || socket.writableLength > 0) return undefined;
    handle.readStop();
    handle.reading = false;
    internals._handle = null;
    const options = { handle, allowHalfOpen: true, onread, pauseOnCreate: true, readable: true, writable: true };
    const adopted = new net.Socket(options as unknown as net.SocketConstructorOpts);
    socket.destroy();
    return adopted;
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
            const adopted = exchange(accepted, {
                buffer: () => Buffer.allocUnsafeSlow(65_536),
                callback: (length, buffer) => {
                    // Node hands over the bytes in the buffer itself: each must be what was sent.
                    received += (buffer as Buffer).subarray(0, length).every((byte) => byte === 7) ? length : 0;
                    return true;
                },
            });
            if (!adopted) return finish(false);
            adopted.on("error", () => finish(false));
            adopted.on("end", () => adopted.end(received === sent && adopted.remotePort === client.localPort ? "whole" : "broken"));
            adopted.resume();
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
