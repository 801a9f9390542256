/** Adds up what workers count, and tells each what all the others count together. */
import type { CountChanges } from "../listeners";

export class Tallies<Worker extends object> {
    readonly #of = new Map<Worker, Map<string, number>>();
    readonly #tell: (worker: Worker, changes: CountChanges) => void;

    constructor(tell: (worker: Worker, changes: CountChanges) => void) {
        this.#tell = tell;
    }

    /** It has counted nothing yet, and hears of what is there. */
    enter(worker: Worker): void {
        this.leave(worker);
        const keys = new Set([...this.#of.values()].flatMap((counts) => [...counts.keys()]));
        this.#of.set(worker, new Map());
        if (keys.size > 0) this.#tell(worker, this.#others(worker, keys));
    }

    heard(worker: Worker, changes: CountChanges): void {
        const counts = this.#of.get(worker);
        if (counts === undefined) return;
        for (const [key, count] of changes)
            if (count > 0) counts.set(key, count);
            else counts.delete(key);
        this.#tellOthers(
            worker,
            changes.map(([key]) => key),
        );
    }

    /** What it has counted is nobody's any more. */
    leave(worker: Worker): void {
        const counts = this.#of.get(worker);
        if (counts === undefined) return;
        this.#of.delete(worker);
        if (counts.size > 0) this.#tellOthers(worker, [...counts.keys()]);
    }

    #tellOthers(worker: Worker, keys: readonly string[]): void {
        for (const other of this.#of.keys()) if (other !== worker) this.#tell(other, this.#others(other, keys));
    }

    #others(worker: Worker, keys: Iterable<string>): CountChanges {
        return [...keys].map((key) => {
            let sum = 0;
            for (const [other, counts] of this.#of) if (other !== worker) sum += counts.get(key) ?? 0;
            return [key, sum] as const;
        });
    }
}
