/** Waits until changes have come to rest, though not for ever. */

export class Debounce {
    readonly #quietMs: number;
    readonly #maxMs: number;
    readonly #run: () => void;
    #timer: NodeJS.Timeout | undefined;
    #since = 0;

    constructor(quietMs: number, maxMs: number, run: () => void) {
        this.#quietMs = quietMs;
        this.#maxMs = maxMs;
        this.#run = run;
    }

    /** Something changed. */
    poke(): void {
        const now = performance.now();
        if (this.#timer === undefined) this.#since = now;
        clearTimeout(this.#timer);
        const left = Math.max(0, this.#since + this.#maxMs - now);
        this.#timer = setTimeout(() => this.#fire(), Math.min(this.#quietMs, left));
    }

    cancel(): void {
        clearTimeout(this.#timer);
        this.#timer = undefined;
    }

    #fire(): void {
        this.#timer = undefined;
        this.#run();
    }
}
