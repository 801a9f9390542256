/** How long to wait before the next try: twice as long each time, never in step with others, short again once it went well. */

const LEAST_MS = 500;
const MOST_MS = 30_000;
/** A connection that lived so long was a good one. */
const HEALTHY_MS = 10_000;

export class Backoff {
    readonly #leastMs: number;
    readonly #mostMs: number;
    #next: number;

    constructor(leastMs = LEAST_MS, mostMs = MOST_MS) {
        this.#leastMs = leastMs;
        this.#mostMs = mostMs;
        this.#next = leastMs;
    }

    /** The wait from now on, between half and the whole of what it grew to. */
    take(): number {
        const now = this.#next;
        this.#next = Math.min(this.#mostMs, now * 2);
        return now * (0.5 + Math.random() / 2);
    }

    /** What was tried went well for so long. */
    lived(ms: number): void {
        if (ms >= HEALTHY_MS) this.reset();
    }

    reset(): void {
        this.#next = this.#leastMs;
    }
}
