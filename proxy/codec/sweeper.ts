/**
 * The one timer behind all timeouts of a worker's connections: it looks at each of them every second. A timeout is a
 * comparison then, and a request on a busy connection arms nothing.
 */

import { connectionFault } from "../net/connection-faults";

/** Timeouts are off by at most this: they are tens of seconds. */
const INTERVAL_MS = 1000;

export interface Swept {
    /** Looks whether a deadline has passed. */
    sweep(now: number): void;
    destroy(): void;
}

export class Sweeper {
    /** Milliseconds of a clock that never goes back, as of the last sweep. */
    now = performance.now();
    readonly #interval: number;
    readonly #members = new Set<Swept>();
    #timer: NodeJS.Timeout | undefined;

    constructor(interval = INTERVAL_MS) {
        this.#interval = interval;
    }

    add(member: Swept): void {
        this.#members.add(member);
        if (this.#timer !== undefined) return;
        this.now = performance.now();
        this.#timer = setInterval(() => this.#sweep(), this.#interval);
        this.#timer.unref();
    }

    remove(member: Swept): void {
        this.#members.delete(member);
        if (this.#members.size > 0 || this.#timer === undefined) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
    }

    #sweep(): void {
        this.now = performance.now();
        for (const member of this.#members) {
            try {
                member.sweep(this.now);
            } catch (error) {
                member.destroy();
                connectionFault(undefined, error);
            }
        }
    }
}

export const sharedSweeper = new Sweeper();
