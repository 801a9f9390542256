/**
 * How many requests of a cluster may be sent again at once: so many, or such a part of the requests there are. Without it,
 * endpoints that are overloaded are asked several times as much (Envoy's retry circuit breaker and budget).
 */
import { timerMs } from "../net/timer";
import type { ClusterEntry } from "../tables";
import type { RequestLoad } from "./pooled-connection";

/** An interval is looked at in so many parts. */
const PARTS = 10;

/** Requests there are: those under way, and those that wait for a connection. */
interface RetriedLoad {
    readonly load: RequestLoad;
    readonly waits: number;
}

export class RetryBounds {
    /** Requests that are sent again at this moment. */
    active = 0;
    readonly #of: RetriedLoad;
    #entry: ClusterEntry;
    /** How many requests had begun at each of the last moments, the oldest first. Empty where only those under way count. */
    #begun: number[] = [];
    #timer: NodeJS.Timeout | undefined = undefined;

    constructor(entry: ClusterEntry, of: RetriedLoad) {
        this.#entry = entry;
        this.#of = of;
        this.#watch(entry);
    }

    update(entry: ClusterEntry): void {
        const isSame = this.#entry.retryBudget?.intervalMs === entry.retryBudget?.intervalMs;
        this.#entry = entry;
        if (isSame) return;
        this.stop();
        this.#watch(entry);
    }

    stop(): void {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#begun = [];
    }

    /** Whether one more may be sent again; counts it when it may. */
    take(): boolean {
        if (this.active >= this.#most) return false;
        this.active++;
        return true;
    }

    release(): void {
        this.active--;
    }

    get #most(): number {
        const { retryBudget, maxRetries } = this.#entry;
        if (retryBudget === undefined) return maxRetries ?? Infinity;
        const { load, waits } = this.#of;
        const now = load.requests + waits;
        const [before] = this.#begun;
        const counted = before === undefined ? now : Math.max(now, load.begun - before);
        return Math.max(Math.floor((counted * retryBudget.percent) / 100), retryBudget.minimum);
    }

    #watch({ retryBudget }: ClusterEntry): void {
        if (retryBudget?.intervalMs === undefined) return;
        this.#begun = [this.#of.load.begun];
        this.#timer = setInterval(this.#look, timerMs(Math.max(1, retryBudget.intervalMs / PARTS))).unref();
    }

    readonly #look = (): void => {
        this.#begun.push(this.#of.load.begun);
        if (this.#begun.length > PARTS) this.#begun.shift();
    };
}
