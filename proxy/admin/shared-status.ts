/** How the primary stands, in memory that it shares with the thread that answers probes. */

/** Plain numbers: the thread's program knows them by value. */
export const NOT_IN_SYNC = 0;
export const READY = 1;
export const DRAINING = 2;

/** How often the primary says that its event loop turns. */
const BEAT_MS = 1_000;

export class SharedStatus {
    /** [how it stands, beats of the event loop, workers that do not answer]. */
    readonly memory = new Int32Array(new SharedArrayBuffer(12));
    readonly #timer: NodeJS.Timeout;

    constructor() {
        this.#timer = setInterval(() => Atomics.add(this.memory, 1, 1), BEAT_MS).unref();
    }

    set(standing: typeof NOT_IN_SYNC | typeof READY | typeof DRAINING): void {
        Atomics.store(this.memory, 0, standing);
    }

    setSilent(workers: number): void {
        Atomics.store(this.memory, 2, workers);
    }

    stop(): void {
        clearInterval(this.#timer);
    }
}
