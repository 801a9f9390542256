/**
 * Session ticket keys. The primary makes them and gives every worker the same ones, so that a session made by one
 * worker resumes on another; a new set replaces the old after a while, which bounds what a leaked key opens. They
 * exist in memory only.
 */
import { randomBytes } from "node:crypto";

export const TICKET_KEY_BYTES = 48;
export const TICKET_ROTATION_MS = 8 * 60 * 60 * 1000;

export class TicketKeys {
    #current = randomBytes(TICKET_KEY_BYTES);
    readonly #timer: NodeJS.Timeout;

    constructor(onRotate: (keys: Buffer) => void, everyMs = TICKET_ROTATION_MS) {
        this.#timer = setInterval(() => {
            this.#current = randomBytes(TICKET_KEY_BYTES);
            onRotate(this.#current);
        }, everyMs);
        this.#timer.unref();
    }

    get current(): Buffer {
        return this.#current;
    }

    stop(): void {
        clearInterval(this.#timer);
    }
}
