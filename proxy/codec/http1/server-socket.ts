/**
 * The socket under a downstream connection: who has it paused, when something happened on it, and how it ends. What
 * its bytes mean is the connection's.
 *
 * Hot path: plain fields. Deadlines are comparisons that the sweeper makes.
 */
import type { Socket } from "node:net";
import { resetConnection } from "../../net/reset";
import { SocketClock } from "../socket-clock";
import type { Sweeper } from "../sweeper";
import { Outbox } from "./outbox";

export const OPEN = 0;
export const TUNNEL = 1;
/** Our last byte is on its way; what still comes in is thrown away, so that no reset overtakes it (RFC 9112 §9.6). */
export const CLOSING = 2;
export const CLOSED = 3;
/** A tunnel whose socket somebody else has: of it only its end is heard. */
export const HANDED = 4;

/** Who has the socket paused. */
export const BY_EXCHANGE = 1;
export const BY_PIPELINE = 2;

/** How long a client has to read the last response and close. */
const LINGER_MS = 5000;

export class ServerSocket {
    readonly raw: Socket;
    readonly outbox: Outbox;
    readonly #sweeper: Sweeper;
    readonly #clock: SocketClock;
    state = OPEN;
    /** When the last byte moved, and when the last one came in. */
    touched: number;
    received: number;
    #pausedBy = 0;
    #closingSince = 0;
    /** What had been written when the client ended its side; -1: it has not. */
    #endedMark = -1;

    constructor(raw: Socket, sweeper: Sweeper) {
        this.raw = raw;
        this.#sweeper = sweeper;
        this.outbox = new Outbox(raw);
        this.#clock = new SocketClock(raw, sweeper.now);
        this.touched = this.received = sweeper.now;
    }

    get clientEnded(): boolean {
        return this.#endedMark >= 0;
    }

    get paused(): boolean {
        return this.#pausedBy !== 0;
    }

    clientHasEnded(): void {
        this.#endedMark = this.raw.bytesWritten;
    }

    drained(): void {
        this.outbox.drained();
        this.touched = this.#sweeper.now;
        this.#clock.written(this.touched);
    }

    pause(who: number): void {
        if (this.#pausedBy === 0) this.raw.pause();
        this.#pausedBy |= who;
    }

    resume(who: number): void {
        if (this.#pausedBy === 0) return;
        this.#pausedBy &= ~who;
        if (this.#pausedBy === 0) this.raw.resume();
    }

    /** Writes what waits, closes our side, and gives the client time to read it. */
    close(): void {
        this.state = CLOSING;
        this.#closingSince = this.#sweeper.now;
        this.outbox.flush();
        this.raw.end();
        this.#pausedBy = 0;
        this.raw.resume();
    }

    /** Ends at once, without what waits. `reset`: so that no part of it looks whole. */
    cut(reset: boolean): void {
        this.outbox.clear();
        if (reset) resetConnection(this.raw);
        else this.raw.destroy();
    }

    lingersTooLong(now: number): boolean {
        return now - this.#closingSince > LINGER_MS;
    }

    /** Output waits and the client has taken none of it. */
    isStuck(now: number, timeout: number): boolean {
        return this.#clock.isStuck(now, timeout, this.outbox.unsent);
    }

    /**
     * The client ended its side, and was sent nothing since. Whether it has closed or waits for the answer can't be told:
     * who has closed answers the first byte with a reset.
     */
    get isProbablyGone(): boolean {
        return this.clientEnded && this.raw.bytesWritten === this.#endedMark;
    }

    /** The kernel knows of a reset while we don't read; it then has no peer to name any more. */
    get isReset(): boolean {
        const handle = (this.raw as { _handle?: { getpeername?: (into: object) => number } })._handle;
        return typeof handle?.getpeername === "function" && handle.getpeername({}) !== 0;
    }
}
