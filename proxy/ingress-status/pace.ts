/** How often may be written: so many at once, then so many a second. */
export class Pace {
    readonly #perSecond: number;
    readonly #most: number;
    #tokens: number;
    #at = 0;

    constructor(perSecond: number, most: number) {
        this.#perSecond = perSecond;
        this.#most = most;
        this.#tokens = most;
    }

    /** How long to wait before the next one, in milliseconds; 0: it is taken. */
    take(now: number): number {
        this.#tokens = Math.min(this.#most, this.#tokens + ((now - this.#at) / 1000) * this.#perSecond);
        this.#at = now;
        if (this.#tokens >= 1) {
            this.#tokens -= 1;
            return 0;
        }
        return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
    }
}
