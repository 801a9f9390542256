/**
 * TLS handshakes that wait their turn. Each is half a millisecond of public-key work in one piece: of those that arrive together
 * one begins in each turn of the event loop, so that connections that are there get their turn in between; and clients take turns
 * among themselves, so that one who floods waits for itself. Who is alone does not wait.
 */
import type net from "node:net";
import { connectionFault } from "../net/connection-faults";

/** Of a worker. Who comes beyond it takes the place of the last one of whoever has most waiting. */
export const MOST_WAITING = 2048;

interface Waiting {
    readonly raw: net.Socket;
    readonly begin: (raw: net.Socket) => void;
}

export class HandshakeQueue {
    /** By client, in the order of their turns. */
    readonly #waiting = new Map<string, Waiting[]>();
    readonly #most: number;
    readonly #onOverflow: () => void;
    #count = 0;
    /** One has begun in this turn of the event loop. */
    #isBusy = false;

    constructor(onOverflow: () => void, most = MOST_WAITING) {
        this.#onOverflow = onOverflow;
        this.#most = most;
    }

    get waiting(): number {
        return this.#count;
    }

    /** `client`: what is one client. The socket is paused, and may be gone when its turn comes: then it is not begun. */
    add(client: string, raw: net.Socket, begin: (raw: net.Socket) => void): void {
        if (!this.#isBusy) {
            this.#busy();
            begin(raw);
            return;
        }
        const own = this.#waiting.get(client);
        if (own === undefined) this.#waiting.set(client, [{ raw, begin }]);
        else own.push({ raw, begin });
        this.#count++;
        if (this.#count > this.#most) this.#drop();
    }

    #busy(): void {
        this.#isBusy = true;
        setImmediate(this.#turn);
    }

    readonly #turn = (): void => {
        this.#isBusy = false;
        for (const [client, own] of this.#waiting) {
            const next = own.shift();
            // Behind all others, if it has more.
            this.#waiting.delete(client);
            if (own.length > 0) this.#waiting.set(client, own);
            if (next === undefined) continue;
            this.#count--;
            if (next.raw.destroyed) continue;
            this.#busy();
            try {
                next.begin(next.raw);
            } catch (error) {
                connectionFault(next.raw, error);
            }
            return;
        }
    };

    #drop(): void {
        let largest: Waiting[] = [];
        for (const own of this.#waiting.values()) if (own.length > largest.length) largest = own;
        const last = largest.pop();
        if (last === undefined) return;
        this.#count--;
        if (last.raw.destroyed) return;
        this.#onOverflow();
        last.raw.destroy();
    }
}
