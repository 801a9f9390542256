/** One open port of a worker: a net.Server on a handle that belongs to the primary. */
import net from "node:net";

/** Connections that wait while all workers are busy or being replaced; the kernel bounds it by net.core.somaxconn. */
const BACKLOG = 4096;

export class Listener {
    readonly #server: net.Server;
    readonly #handle: unknown;

    /** `handle` came from the primary, bound but not listening yet. */
    constructor(handle: unknown, onConnection: (socket: net.Socket) => void) {
        this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, onConnection);
        this.#handle = handle;
    }

    /** Resolves with nothing once connections are accepted, or with why they can't be. */
    async open(): Promise<string> {
        return new Promise<string>((resolve) => {
            this.#server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
            this.#server.once("listening", () => {
                // Accepting failed for once, as without free descriptors: the next connection is tried again.
                this.#server.on("error", () => {});
                resolve("");
            });
            this.#server.listen(this.#handle as net.ListenOptions, BACKLOG);
        });
    }

    /** Accepts no more here. The port stays open as long as the primary or another worker holds it. */
    close(): void {
        this.#server.close();
    }
}
