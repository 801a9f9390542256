/** A port of this machine that leads to a proxy which is elsewhere: each connection here is one there. */
import net from "node:net";
import type { Duplex } from "node:stream";

/** More than a browser ever opens. */
const MOST_CONNECTIONS = 64;

export interface PortForward {
    /** `http://127.0.0.1:40001/`. */
    readonly url: string;
    close(): void;
}

/** `onFault` is told why a connection there failed; the one here is closed. */
export async function forwardLoopback(connect: () => Promise<Duplex>, onFault: (reason: string) => void): Promise<PortForward> {
    const open = new Set<net.Socket>();
    const server = net.createServer((socket) => {
        open.add(socket);
        socket.once("close", () => open.delete(socket));
        socket.on("error", () => undefined);
        void connect().then(
            (there) => join(socket, there, onFault),
            (error: unknown) => {
                onFault(error instanceof Error ? error.message : String(error));
                socket.destroy();
            },
        );
    });
    server.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
    });
    const bound = server.address() as net.AddressInfo;
    return {
        url: `http://127.0.0.1:${bound.port}/`,
        close: () => {
            server.close();
            for (const socket of open) socket.destroy();
        },
    };
}

/** The end of one is the end of the other: a port-forward can't say that half of it is over. */
function join(here: net.Socket, there: Duplex, onFault: (reason: string) => void): void {
    if (here.destroyed) return void there.destroy();
    there.on("error", (error) => {
        onFault(error.message);
        here.destroy();
    });
    here.pipe(there);
    there.pipe(here);
    here.once("close", () => there.destroy());
    there.once("close", () => here.destroy());
}
