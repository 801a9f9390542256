/** Asks every worker for its counters, and does without those that do not answer in time. */
import type { WorkerSlot } from "./worker-slot";

export type Counters = Readonly<Record<string, number>>;

const WITHIN_MS = 1_000;

export class StatsRound {
    #lastId = 0;
    readonly #waiting = new Map<number, (counters: Counters) => void>();

    /** By the worker's number. */
    async collect(slots: readonly WorkerSlot[]): Promise<ReadonlyMap<number, Counters>> {
        const answers = new Map<number, Counters>();
        await Promise.all(
            slots.map(async (slot) => {
                const counters = await this.#ask(slot);
                if (counters) answers.set(slot.number, counters);
            }),
        );
        return answers;
    }

    answer(id: number, counters: Counters): void {
        this.#waiting.get(id)?.(counters);
    }

    async #ask(slot: WorkerSlot): Promise<Counters | undefined> {
        const id = ++this.#lastId;
        const counters = await new Promise<Counters | undefined>((resolve) => {
            const timer = setTimeout(resolve, WITHIN_MS, undefined);
            this.#waiting.set(id, (answered) => {
                clearTimeout(timer);
                resolve(answered);
            });
            if (!slot.send({ type: "stats", id })) {
                clearTimeout(timer);
                resolve(undefined);
            }
        });
        this.#waiting.delete(id);
        return counters;
    }
}
