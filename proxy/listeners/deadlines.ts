/**
 * Connections that must have come to something by a fixed time after their beginning. All wait equally long, so they
 * stand in the order in which they end and one timer serves them all. The time is absolute: a client that sends a
 * byte now and then gains nothing. Who waits for another time than most stands in an order of its own.
 */
import type net from "node:net";

export class Deadlines {
    readonly #waitMs: number;
    readonly #waiting = new Map<net.Socket, number>();
    readonly #others = new Map<number, Deadlines>();
    #timer: NodeJS.Timeout | undefined;

    constructor(waitMs: number) {
        this.#waitMs = waitMs;
    }

    /** `waitMs`: absent: as long as most. */
    add(socket: net.Socket, waitMs = this.#waitMs): void {
        if (waitMs !== this.#waitMs) {
            let other = this.#others.get(waitMs);
            if (other === undefined) this.#others.set(waitMs, (other = new Deadlines(waitMs)));
            other.add(socket);
            return;
        }
        this.#waiting.set(socket, performance.now() + this.#waitMs);
        this.#arm();
    }

    has(socket: net.Socket): boolean {
        if (this.#waiting.has(socket)) return true;
        for (const other of this.#others.values()) if (other.has(socket)) return true;
        return false;
    }

    remove(socket: net.Socket): void {
        this.#waiting.delete(socket);
        if (this.#others.size > 0) for (const other of this.#others.values()) other.remove(socket);
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
