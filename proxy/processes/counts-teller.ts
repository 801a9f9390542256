/**
 * Tells what a worker has counted, a little in each turn of the event loop: ten thousand hosts are tens of thousands of series,
 * and requests are served in between.
 */
import type { MetricRegistry, News } from "../telemetry";

/** Series in a turn: half a millisecond of histograms. */
const SLICE = 128;

interface Waiting {
    /** Of the registry's changes, all that there were when it was asked. */
    readonly upTo: number;
    readonly then: () => void;
}

export class CountsTeller {
    readonly #registry: MetricRegistry;
    readonly #say: (news: News) => void;
    readonly #waiting: Waiting[] = [];
    #isTelling = false;

    constructor(registry: MetricRegistry, say: (news: News) => void) {
        this.#registry = registry;
        this.#say = say;
    }

    /** `then` is called once everything is told that was counted until now. */
    tell(then: () => void = () => undefined): void {
        this.#registry.look();
        this.#waiting.push({ upTo: this.#registry.entered, then });
        if (this.#isTelling) return;
        this.#isTelling = true;
        this.#slice();
    }

    #slice(): void {
        this.#say(this.#registry.changes(SLICE));
        while (this.#waiting[0] !== undefined && this.#waiting[0].upTo <= this.#registry.told) this.#waiting.shift()?.then();
        if (this.#waiting.length > 0) setImmediate(() => this.#slice());
        else this.#isTelling = false;
    }
}
