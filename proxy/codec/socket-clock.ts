/** When a peer last read something of what waits for it: seen by the sweeper, so that a write costs nothing. */
import type { Socket } from "node:net";

export class SocketClock {
    readonly #socket: Socket;
    /** When our output last shrank, and what of it was sent then. */
    #moved: number;
    #mark = 0;

    constructor(socket: Socket, now: number) {
        this.#socket = socket;
        this.#moved = now;
    }

    written(now: number): void {
        this.#moved = now;
    }

    /** Output waits and the peer has taken none of it for so long. `waiting`: where the stream does not count all. */
    isStuck(now: number, timeout: number, waiting = this.#socket.writableLength): boolean {
        const mark = this.#socket.bytesWritten - waiting;
        if (waiting === 0 || mark !== this.#mark) {
            this.#mark = mark;
            this.#moved = now;
            return false;
        }
        return passed(now - this.#moved, timeout);
    }
}

export function passed(elapsed: number, timeout: number): boolean {
    return timeout > 0 && elapsed > timeout;
}
