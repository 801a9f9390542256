/** What was counted by all processes that there ever were, asked for when somebody wants to know. */
import { Ledger, type Counts, type LedgerFamily, type News } from "../telemetry";
import type { FromWorker } from "./protocol";
import { Round } from "./round";
import type { WorkerSlot } from "./worker-slot";

export class Counting {
    readonly #slots: readonly WorkerSlot[];
    readonly #own: () => Promise<News>;
    readonly #ledger = new Ledger();
    readonly #round = new Round<object>((id) => ({ type: "stats", id }));
    #running: Promise<ReadonlyMap<number, object>> | undefined;
    #next: Promise<ReadonlyMap<number, object>> | undefined;

    /** `own`: what this process has counted since it was asked last. */
    constructor(slots: readonly WorkerSlot[], own: () => Promise<News>) {
        this.#slots = slots;
        this.#own = own;
    }

    /** Of all workers that there ever were, and of each that answers in time. */
    async stats(): Promise<{ readonly total: Counts; readonly workers: ReadonlyMap<number, Counts> }> {
        const answered = await this.#ask();
        const workers = [...answered].map(([number, worker]) => [number, this.#ledger.of(worker)] as const);
        return { total: this.#ledger.total(), workers: new Map(workers) };
    }

    /** Of those that do not answer in time what was known. */
    async scrape(): Promise<readonly LedgerFamily[]> {
        await this.#ask();
        return this.#ledger.families;
    }

    /** `worker`: the process that says it. */
    message(message: FromWorker, worker: object): void {
        if (message.type === "counted") this.#ledger.told(worker, message.counted);
        else if (message.type === "stats") this.#round.answer(message.id, worker);
    }

    ended(worker: object): void {
        this.#ledger.gone(worker);
    }

    /** However many ask, workers are asked by one after the other; what is answered was counted after it was asked for. */
    async #ask(): Promise<ReadonlyMap<number, object>> {
        const running = this.#running;
        if (!running) return this.#begin();
        this.#next ??= running.then(async () => {
            this.#next = undefined;
            return this.#begin();
        });
        return this.#next;
    }

    async #begin(): Promise<ReadonlyMap<number, object>> {
        const round = this.#collect();
        this.#running = round;
        try {
            return await round;
        } finally {
            if (this.#running === round) this.#running = undefined;
        }
    }

    async #collect(): Promise<ReadonlyMap<number, object>> {
        const [answered, own] = await Promise.all([this.#round.collect(this.#slots), this.#own()]);
        this.#ledger.told(this, own);
        return answered;
    }
}
