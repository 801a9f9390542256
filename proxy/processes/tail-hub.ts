/** Who watches records as they happen, and what of the workers' records each of them is passed. In the primary. */
import type { TailReader, TailView } from "../admin";
import { compileFilter, type TailWatch, type WatchedBatch } from "../log";
import type { ToWorker } from "./protocol";

/** More than people ever watch one proxy at once. */
const MOST_WATCHES = 32;

/** Who can be told; workers come and go. */
interface Told {
    send(message: ToWorker): unknown;
}

export class TailHub implements TailView {
    readonly #workers: readonly Told[];
    readonly #readers = new Map<number, TailReader & { readonly filter: string }>();
    #lastId = 0;

    constructor(workers: readonly Told[]) {
        this.#workers = workers;
    }

    refusal(filter: string): { readonly status: number; readonly reason: string } | undefined {
        if (this.#readers.size >= MOST_WATCHES)
            return { status: 503, reason: `${MOST_WATCHES} watch already, which is the most: close one of them, or ask again later` };
        const compiled = filter === "" ? undefined : compileFilter(filter);
        if (typeof compiled !== "string") return undefined;
        return { status: 400, reason: `filter ${JSON.stringify(filter)} is not understood: ${compiled}` };
    }

    watch(filter: string, reader: TailReader): () => void {
        const id = ++this.#lastId;
        this.#readers.set(id, { record: (json) => reader.record(json), lost: (records) => reader.lost(records), filter });
        this.#tell();
        return () => {
            if (this.#readers.delete(id)) this.#tell();
        };
    }

    /** A worker is there that knows nothing. */
    enter(worker: Told): void {
        if (this.#readers.size > 0) worker.send({ type: "watch", watches: this.#watches });
    }

    heard({ records, lost }: WatchedBatch): void {
        for (const { watches, record } of records) for (const id of watches) this.#readers.get(id)?.record(record);
        for (const [id, count] of lost) this.#readers.get(id)?.lost(count);
    }

    get #watches(): TailWatch[] {
        return [...this.#readers].map(([id, { filter }]) => ({ id, filter }));
    }

    #tell(): void {
        const message: ToWorker = { type: "watch", watches: this.#watches };
        for (const worker of this.#workers) worker.send(message);
    }
}
