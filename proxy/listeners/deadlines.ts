/**
 * Connections that must have come to something by a fixed time after their beginning. All wait equally long, so they
 * stand in the order in which they end and one timer serves them all. The time is absolute: a client that sends a
 * byte now and then gains nothing.
 */
import type net from "node:net";

export class Deadlines {
    readonly #waitMs: number;
    readonly #waiting = new Map<net.Socket, number>();
    #timer: NodeJS.Timeout | undefined;

    constructor(waitMs: number) {
        this.#waitMs = waitMs;
    }

    add(socket: net.Socket): void {
        this.#waiting.set(socket, performance.now() + this.#waitMs);
        this.#arm();
    }

    has(socket: net.Socket): boolean {
        return this.#waiting.has(socket);
    }

    remove(socket: net.Socket): void {
        this.#waiting.delete(socket);
    }

    #arm(): void {
        if (this.#timer !== undefined) return;
        const first = this.#waiting.values().next();
        if (first.done) return;
        this.#timer = setTimeout(this.#expire, Math.max(1, first.value - performance.now()));
        this.#timer.unref();
    }

    readonly #expire = (): void => {
        this.#timer = undefined;
        const now = performance.now();
        for (const [socket, deadline] of this.#waiting) {
            if (deadline > now) break;
            this.#waiting.delete(socket);
            socket.destroy();
        }
        this.#arm();
    };
}
