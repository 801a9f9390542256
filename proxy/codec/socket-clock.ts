/** When a peer last read something of what waits for it: seen by the sweeper, so that a write costs nothing. */
import type { Socket } from "node:net";

/** Of what waits, within the time in which something must be taken: as much as HTTP/2 wants of a stream. */
const LEAST_TAKEN = 4096;

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

    /** Output waits and the peer has taken next to none of it for so long. `waiting`: where the stream does not count all. */
    isStuck(now: number, timeout: number, waiting = this.#socket.writableLength): boolean {
        const mark = this.#socket.bytesWritten - waiting;
        // By a few bytes now and then nobody gets on.
        if (waiting === 0 || mark - this.#mark >= LEAST_TAKEN) {
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
