/**
 * How late the event loop is by its own work, and all the time: a long turn now and then, as when ten thousand hosts change, is no
 * overload, nor is it when the machine has let the process wait.
 */

/** So many looks in a row must have been late. */
const LOOKS = 4;
/** A loop that is late by so much is at its end. */
const MOST_MS = 1_000;

export class LoopLag {
    readonly #late: number[] = [];

    /** `lateMs`: how much later than its timer wanted; `cpuMs`: what the process has worked since it was called last. */
    look(lateMs: number, cpuMs: number): void {
        this.#late.push(Math.max(0, Math.min(lateMs, cpuMs)));
        if (this.#late.length > LOOKS) this.#late.shift();
    }

    get pressure(): number {
        return this.#late.length < LOOKS ? 0 : Math.min(...this.#late) / MOST_MS;
    }
}
