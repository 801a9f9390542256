/**
 * The end of a proxy, in the order that load balancers need: they learn late that it is not ready, so for a while it
 * serves as before and only tells its clients to go; then its ports close; then what is under way has its time.
 */
import type { ProxyOptions } from "./options";
import type { WorkerSlot } from "./worker-slot";

/** What workers get on top of the time to drain, before they are killed. */
const KILL_AFTER_MS = 2_000;

export interface EndingTimes {
    /** New connections are still accepted. */
    readonly delayMs: number;
    /** After that, what is open may finish. */
    readonly drainMs: number;
}

/** How long new connections are still taken after SIGTERM, unless told: load balancers learn late that we are not ready. Istio's. */
const ACCEPT_DELAY_MS = 5_000;

/** Who gives little time to finish does not mean to wait longer for load balancers, unless they say so. */
export function endingTimes({ drainSeconds, drainDelaySeconds }: ProxyOptions): EndingTimes {
    const drainMs = drainSeconds * 1000;
    return { delayMs: drainDelaySeconds === undefined ? Math.min(ACCEPT_DELAY_MS, drainMs) : drainDelaySeconds * 1000, drainMs };
}

export class Ending {
    readonly #slots: readonly WorkerSlot[];
    readonly #closePorts: () => void;
    #begun = false;
    #hurried = false;
    #wake: (() => void) | undefined;

    constructor(slots: readonly WorkerSlot[], closePorts: () => void) {
        this.#slots = slots;
        this.#closePorts = closePorts;
    }

    get begun(): boolean {
        return this.#begun;
    }

    /** Resolves when no worker is left. Until the ports close one that dies is replaced as ever. */
    async run({ delayMs, drainMs }: EndingTimes): Promise<void> {
        this.#begun = true;
        for (const slot of this.#slots) this.enter(slot);
        await this.#pause(delayMs);
        const stopped = this.#slots.map((slot) => slot.stop(this.#hurried ? 0 : drainMs + KILL_AFTER_MS));
        for (const slot of this.#slots) slot.send({ type: "drain", withinMs: drainMs });
        this.#closePorts();
        await Promise.all(stopped);
    }

    /** Tells a worker that is there, or has just come, that the end is near. */
    enter(slot: WorkerSlot): void {
        if (this.#begun) slot.send({ type: "retire" });
    }

    /** Now. */
    hurry(): void {
        this.#hurried = true;
        this.#wake?.();
        for (const slot of this.#slots) slot.kill();
    }

    async #pause(ms: number): Promise<void> {
        if (ms <= 0) return;
        await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, ms);
            this.#wake = () => {
                clearTimeout(timer);
                resolve();
            };
        });
    }
}
