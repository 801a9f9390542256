/** One open port of a worker: a net.Server on a handle that belongs to the primary. */
import net from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connectionFault } from "../net/connection-faults";

/** Connections that wait while all workers are busy or being replaced; the kernel bounds it by net.core.somaxconn. */
const BACKLOG = 4096;

/**
 * How long those who wait are accepted before a port closes: under a steady load somebody always waits. A full queue
 * takes long on a machine that has other things to do.
 */
const FINISH_MS = 2_000;

export class Listener {
    readonly #server: net.Server;
    readonly #handle: unknown;
    #accepted = 0;

    /** `handle` came from the primary, bound but not listening yet. */
    constructor(handle: unknown, onConnection: (socket: net.Socket) => void) {
        this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
            this.#accepted++;
            try {
                onConnection(socket);
            } catch (error) {
                connectionFault(socket, error);
            }
        });
        this.#handle = handle;
    }

    /** Undefined: it is not open. */
    get address(): { readonly address: string; readonly port: number } | undefined {
        const bound = this.#server.address();
        return typeof bound === "object" && bound !== null ? bound : undefined;
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

    /**
     * Accepts those who wait in the kernel's queue: closing the port's last handle would reset them. A turn of the event
     * loop accepts one connection, so a turn without one means that nobody waits.
     */
    async finish(): Promise<void> {
        const end = performance.now() + FINISH_MS;
        let before: number;
        do {
            before = this.#accepted;
            await nextTurn();
            await nextTurn();
        } while (this.#accepted > before && performance.now() < end);
    }

    /** Accepts no more here. The port stays open as long as the primary or another worker holds it. */
    close(): void {
        this.#server.close();
    }
}
