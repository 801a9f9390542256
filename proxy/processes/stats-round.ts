/** Asks every worker for what it has counted, and does without those that do not answer in time. */
import type { Counts } from "../telemetry";
import type { WorkerSlot } from "./worker-slot";

const WITHIN_MS = 1_000;

export class StatsRound {
    #lastId = 0;
    readonly #waiting = new Map<number, (counted: Counts) => void>();

    /** By the worker's number. */
    async collect(slots: readonly WorkerSlot[]): Promise<ReadonlyMap<number, Counts>> {
        const answers = new Map<number, Counts>();
        await Promise.all(
            slots.map(async (slot) => {
                const counted = await this.#ask(slot);
                if (counted) answers.set(slot.number, counted);
            }),
        );
        return answers;
    }

    answer(id: number, counted: Counts): void {
        this.#waiting.get(id)?.(counted);
    }

    async #ask(slot: WorkerSlot): Promise<Counts | undefined> {
        const id = ++this.#lastId;
        const counted = await new Promise<Counts | undefined>((resolve) => {
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
        return counted;
    }
}
