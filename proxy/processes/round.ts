/** Asks every worker for something, and does without those that do not answer in time. */
import type { ToWorker } from "./protocol";
import type { WorkerSlot } from "./worker-slot";

const WITHIN_MS = 1_000;

export class Round<Answer> {
    readonly #question: (id: number) => ToWorker;
    #lastId = 0;
    readonly #waiting = new Map<number, (answer: Answer) => void>();

    /** What is answered to the question bears its number. */
    constructor(question: (id: number) => ToWorker) {
        this.#question = question;
    }

    /** By the worker's number. */
    async collect(slots: readonly WorkerSlot[]): Promise<ReadonlyMap<number, Answer>> {
        const answers = await Promise.all(slots.map(async (slot) => [slot.number, await this.#ask(slot)] as const));
        return new Map(answers.flatMap(([number, answer]) => (answer === undefined ? [] : [[number, answer] as const])));
    }

    answer(id: number, answer: Answer): void {
        this.#waiting.get(id)?.(answer);
    }

    async #ask(slot: WorkerSlot): Promise<Answer | undefined> {
        const id = ++this.#lastId;
        const answer = await new Promise<Answer | undefined>((resolve) => {
            const timer = setTimeout(resolve, WITHIN_MS, undefined);
            this.#waiting.set(id, (answered) => {
                clearTimeout(timer);
                resolve(answered);
            });
            if (!slot.send(this.#question(id))) {
                clearTimeout(timer);
                resolve(undefined);
            }
        });
        this.#waiting.delete(id);
        return answer;
    }
}
