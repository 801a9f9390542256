/** One coarse clock for all idle connections, so that putting one back costs no timer. It stands still while there is none. */

const TICK_MS = 1000;

/** What is looked through at each tick; false: nothing is idle there any more. */
export interface Sweepable {
    sweep(now: number): boolean;
}

export class IdleSweep {
    /** Milliseconds by this clock, a second coarse. */
    now = 0;
    readonly #members = new Set<Sweepable>();
    #timer: NodeJS.Timeout | undefined;

    add(member: Sweepable): void {
        this.#members.add(member);
        this.#timer ??= setInterval(this.tick, TICK_MS).unref();
    }

    /** A second is over. */
    readonly tick = (): void => {
        this.now += TICK_MS;
        for (const member of this.#members) if (!member.sweep(this.now)) this.#members.delete(member);
        if (this.#members.size > 0) return;
        clearInterval(this.#timer);
        this.#timer = undefined;
    };
}
