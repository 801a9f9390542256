/**
 * What people watch as it happens: the JSON form of each record of the access log, whether or not a Telemetry logs it,
 * by the filters of those who watch. In a worker; it hears of nothing while nobody watches, and holds no more than a
 * bounded batch: what does not fit is counted, for a person can't read faster anyway.
 */
import type { ConnectionRecord, Observer, RequestRecord } from "../telemetry";
import { JSON_LINES } from "./format/default-lines";
import { compileFilter, type Filter } from "./filter";

const FLUSH_MS = 100;
/** Of a batch: two thousand records a second, and what one message between processes may well hold. */
const MOST_RECORDS = 200;
const MOST_CHARACTERS = 256 * 1024;

/** Who watches what. */
export interface TailWatch {
    readonly id: number;
    /** CEL; empty: everything. It was understood. */
    readonly filter: string;
}

export interface WatchedBatch {
    /** Each for those who watch it, by their ids. */
    readonly records: readonly { readonly watches: readonly number[]; readonly record: string }[];
    /** How many each has missed, by id. */
    readonly lost: readonly (readonly [id: number, records: number])[];
}

interface CompiledWatch extends TailWatch {
    readonly compiled: Filter | undefined;
}

export class LiveTail implements Observer {
    /** `sent` is called when the batch is out: until then nothing more is handed over. */
    readonly #send: (batch: WatchedBatch, sent: () => void) => void;
    #watches: readonly CompiledWatch[] = [];
    #records: { watches: readonly number[]; record: string }[] = [];
    #characters = 0;
    #lost = new Map<number, number>();
    #timer: NodeJS.Timeout | undefined;
    #isSending = false;

    constructor(send: (batch: WatchedBatch, sent: () => void) => void) {
        this.#send = send;
    }

    get isWatched(): boolean {
        return this.#watches.length > 0;
    }

    watch(watches: readonly TailWatch[]): void {
        this.#watches = watches.map((one) => {
            const compiled = one.filter === "" ? undefined : compileFilter(one.filter);
            return { ...one, compiled: typeof compiled === "string" ? undefined : compiled };
        });
    }

    requestFinished(record: RequestRecord): void {
        const ids: number[] = [];
        for (const { id, compiled } of this.#watches) if (!compiled || compiled.request(record)) ids.push(id);
        if (ids.length > 0) this.#add(ids, () => JSON_LINES.request(record));
    }

    tcpClosed(record: ConnectionRecord): void {
        const ids: number[] = [];
        for (const { id, compiled } of this.#watches) if (!compiled || compiled.connection(record)) ids.push(id);
        if (ids.length > 0) this.#add(ids, () => JSON_LINES.connection(record));
    }

    connectionRefused(record: ConnectionRecord): void {
        this.tcpClosed(record);
    }

    #add(watches: readonly number[], text: () => string): void {
        this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
        if (this.#records.length < MOST_RECORDS && this.#characters < MOST_CHARACTERS) {
            const record = text().trimEnd();
            this.#characters += record.length;
            this.#records.push({ watches, record });
        } else for (const id of watches) this.#lost.set(id, (this.#lost.get(id) ?? 0) + 1);
    }

    #flush(): void {
        this.#timer = undefined;
        if (this.#isSending || (this.#records.length === 0 && this.#lost.size === 0)) return;
        const batch = { records: this.#records, lost: [...this.#lost] };
        this.#records = [];
        this.#characters = 0;
        this.#lost = new Map();
        this.#isSending = true;
        this.#send(batch, () => {
            this.#isSending = false;
            if (this.#records.length > 0 || this.#lost.size > 0) this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MS).unref();
        });
    }
}
