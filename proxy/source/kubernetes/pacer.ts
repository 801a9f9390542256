/**
 * Paces what is handed on: a change after a quiet time goes at once, those of a burst together. Whoever takes long over a
 * change gets the next one later.
 */

const FIRST_MS = 5;
const GAP_MS = 60;
const MAX_GAP_MS = 1_000;
/** Of the time of a busy process no more than a third goes into taking up changes. */
const SHARE = 2;

export class Pacer {
    readonly #run: () => void | Promise<void>;
    #timer: NodeJS.Timeout | undefined;
    #notBefore = 0;

    constructor(run: () => void | Promise<void>) {
        this.#run = run;
    }

    poke(): void {
        if (this.#timer !== undefined) return;
        const wait = Math.max(FIRST_MS, this.#notBefore - performance.now());
        this.#timer = setTimeout(() => this.#fire(), wait);
    }

    stop(): void {
        clearTimeout(this.#timer);
        this.#timer = undefined;
    }

    #fire(): void {
        this.#timer = undefined;
        const started = performance.now();
        const rest = (): void => {
            const took = performance.now() - started;
            this.#notBefore = performance.now() + Math.min(MAX_GAP_MS, Math.max(GAP_MS, took * SHARE));
        };
        let running: void | Promise<void>;
        try {
            running = this.#run();
        } finally {
            rest();
        }
        if (running) void running.then(rest, rest);
    }
}
