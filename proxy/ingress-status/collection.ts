/** One kind's objects as the API server has them, in the words of whoever reads them: listed, then watched, again and again. */
import { setTimeout as delay } from "node:timers/promises";
import { isRecord } from "../../istio/validation";
import { Backoff, failureOfError, readPages, readWatch, type ApiClient, type ApiFailure } from "../source";

/** A live watch has a bookmark every minute or so. */
const SILENCE_MS = 150_000;
const WATCH_SECONDS = 300;
const JSON_TYPE = "application/json";

export interface CollectionEvents {
    /** One came, changed or went. */
    changed(key: string): void;
    failed(path: string, failure: ApiFailure): void;
}

export class Collection<T> {
    readonly #client: ApiClient;
    readonly #path: string;
    readonly #query: Readonly<Record<string, string>>;
    readonly #read: (raw: unknown) => T | undefined;
    readonly #events: CollectionEvents;
    readonly #backoff = new Backoff();
    readonly #objects = new Map<string, T>();
    #synced = false;

    /** `query`: which of them. */
    constructor(
        client: ApiClient,
        path: string,
        query: Readonly<Record<string, string>>,
        read: (raw: unknown) => T | undefined,
        events: CollectionEvents,
    ) {
        this.#client = client;
        this.#path = path;
        this.#query = query;
        this.#read = read;
        this.#events = events;
    }

    get synced(): boolean {
        return this.#synced;
    }

    /** By `namespace/name`, or the name alone. */
    get objects(): ReadonlyMap<string, T> {
        return this.#objects;
    }

    /** Until the signal says so. */
    async run(signal: AbortSignal): Promise<void> {
        while (!signal.aborted) {
            try {
                await this.#follow(await this.#list(signal), signal);
            } catch (error) {
                if (signal.aborted) return;
                const failure = failureOfError(error);
                if (failure.kind !== "expired") this.#events.failed(this.#path, failure);
            }
            await delay(this.#backoff.take(), undefined, { signal }).catch(() => undefined);
        }
    }

    async #list(signal: AbortSignal): Promise<string> {
        const seen = new Set<string>();
        const version = await readPages(
            (query) => this.#client.json({ verb: "list", path: this.#url(query), accept: JSON_TYPE, signal }),
            (items) => {
                for (const item of items) seen.add(this.#take(item));
            },
        );
        for (const key of [...this.#objects.keys()]) if (!seen.has(key)) this.#drop(key);
        this.#synced = true;
        this.#events.changed("");
        return version;
    }

    /** Watch after watch, until one can't go on. */
    async #follow(from: string, signal: AbortSignal): Promise<void> {
        let version = from;
        for (;;) {
            const started = performance.now();
            const query = { watch: "1", allowWatchBookmarks: "true", resourceVersion: version, timeoutSeconds: String(WATCH_SECONDS) };
            const response = await this.#client.open({ verb: "watch", path: this.#url(query), accept: JSON_TYPE, signal });
            await readWatch(response, SILENCE_MS, {
                event: (type, object) => {
                    if (type === "DELETED") this.#drop(keyOf(object));
                    else this.#take(object);
                },
                seen: (next) => {
                    version = next;
                },
                bytes: () => undefined,
            });
            this.#backoff.lived(performance.now() - started);
            await delay(this.#backoff.take(), undefined, { signal });
        }
    }

    #take(raw: unknown): string {
        const key = keyOf(raw);
        const read = this.#read(raw);
        if (read === undefined) this.#drop(key);
        else {
            this.#objects.set(key, read);
            this.#events.changed(key);
        }
        return key;
    }

    #drop(key: string): void {
        if (this.#objects.delete(key)) this.#events.changed(key);
    }

    #url(query: Readonly<Record<string, string>>): string {
        return `${this.#path}?${new URLSearchParams({ ...this.#query, ...query }).toString()}`;
    }
}

function keyOf(raw: unknown): string {
    const { namespace, name } = isRecord(raw) && isRecord(raw["metadata"]) ? raw["metadata"] : {};
    return typeof namespace === "string" && namespace !== "" ? `${namespace}/${String(name)}` : String(name);
}
