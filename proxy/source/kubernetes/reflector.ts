/**
 * Keeps one kind's objects as the API server has them: a list in pages, then a watch from there on, again and again.
 * Whatever fails, what was read stays, and it is tried anew: sooner where that may help, later where somebody has to act.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { ApiClient } from "./api-client";
import { ApiError, failureOfError, type ApiFailure } from "./api-failure";
import { Backoff } from "./backoff";
import { apiVersionOf, collectionPath, fieldSelectorOf, type WatchedKind } from "./kinds";
import { ObjectStore, type ExaminedObject } from "./object-store";
import { readPages } from "./list-pages";
import type { ReflectorTimes } from "./reflector-times";
import { readWatch } from "./watch-stream";

export interface ReflectorEvents {
    /** Objects or what is wrong with them changed. */
    changed(): void;
    /** It was read for the first time, it fails, or it works again after `failure`: what people should know. */
    turned(after?: ApiFailure["kind"]): void;
}

const EXPIRED_AGAIN_MS = 10_000;
/** A watch that ends before that was none. */
const SHORT_MS = 1_000;
const LIST_ACCEPT = { full: "application/json", metadata: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" };
const WATCH_ACCEPT = { full: "application/json", metadata: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" };

export class Reflector {
    readonly watched: WatchedKind;
    readonly store: ObjectStore;
    readonly #client: ApiClient;
    readonly #namespace: string;
    readonly #events: ReflectorEvents;
    readonly #times: ReflectorTimes;
    readonly #backoff: Backoff;
    readonly #stop = new AbortController();
    #wake = new AbortController();
    /** The version of the API that the cluster serves; undefined: not known, or none. */
    #version: string | undefined;
    #resourceVersion: string | undefined;
    #synced = false;
    #isWatching = false;
    #failure: ApiFailure | undefined;
    #failingSince = 0;
    #expiredAt = -Infinity;
    #lastContact = 0;
    #lastEvent = 0;
    #lists = 0;
    #watches = 0;
    #eventCount = 0;

    constructor(watched: WatchedKind, client: ApiClient, namespace: string, events: ReflectorEvents, times: ReflectorTimes) {
        this.watched = watched;
        this.store = new ObjectStore(watched.kind, watched.metadataOnly);
        this.#client = client;
        this.#namespace = namespace;
        this.#events = events;
        this.#times = times;
        this.#backoff = new Backoff(times.retryMs, times.maxRetryMs);
    }

    /** Whether everything there was has been read once, and changes are followed; a kind that the cluster does not know has nothing. */
    get synced(): boolean {
        return this.#synced;
    }

    /** Why it is not followed now. */
    get failure(): ApiFailure | undefined {
        return this.#failure;
    }

    /** Until when what is known was known to be so, in milliseconds since the epoch; 0: it was never read. */
    get lastContact(): number {
        return this.#isWatching ? Date.now() : this.#lastContact;
    }

    get report(): Readonly<Record<string, unknown>> {
        const { kind, group } = this.watched;
        return {
            kind,
            group,
            version: this.#version ?? null,
            state: this.#failure !== undefined ? this.#failure.kind : this.#isWatching ? "watching" : "reading",
            synced: this.#synced,
            objects: this.store.size,
            resourceVersion: this.#resourceVersion ?? null,
            lists: this.#lists,
            watches: this.#watches,
            events: this.#eventCount,
            lastEventAgeSeconds: ageOf(this.#lastEvent),
            behindSeconds: this.#isWatching ? 0 : ageOf(this.#lastContact),
            ...(this.#failure === undefined ? {} : { failure: "reason" in this.#failure ? this.#failure.reason : this.#failure.kind }),
        };
    }

    /** Ends when it is stopped. */
    async run(): Promise<void> {
        while (!this.#stop.signal.aborted) {
            try {
                await this.#follow();
            } catch (error) {
                if (this.#stop.signal.aborted) return;
                await this.#recover(failureOfError(error));
            }
        }
    }

    /** What failed in this way elsewhere works again: no need to wait longer. */
    nudge(failure: ApiFailure["kind"]): void {
        if (this.#failure?.kind === failure) this.#wake.abort();
    }

    stop(): void {
        this.#stop.abort();
        this.#wake.abort();
    }

    async #follow(): Promise<void> {
        if (this.#resourceVersion === undefined) await this.#list();
        await this.#watch();
    }

    // --- reading ---------------------------------------------------------------------------------------------------

    async #list(): Promise<void> {
        for (const version of this.#version === undefined ? this.watched.versions : [this.#version]) {
            try {
                const { all, resourceVersion } = await this.#pages(version);
                this.#version = version;
                this.#resourceVersion = resourceVersion;
                if (this.store.replace(all)) this.#events.changed();
                return;
            } catch (error) {
                if (failureOfError(error).kind !== "absent") throw error;
            }
        }
        this.#version = undefined;
        throw new ApiError({ kind: "absent" });
    }

    async #pages(version: string): Promise<{ all: ExaminedObject[]; resourceVersion: string }> {
        const all: ExaminedObject[] = [];
        const apiVersion = apiVersionOf(this.watched, version);
        this.#lists += 1;
        const resourceVersion = await readPages(
            (query) =>
                this.#client.json({
                    verb: "list",
                    accept: this.watched.metadataOnly ? LIST_ACCEPT.metadata : LIST_ACCEPT.full,
                    signal: this.#stop.signal,
                    path: this.#path(version, query),
                }),
            (items) => {
                this.#lastContact = Date.now();
                for (const item of items) {
                    const examined = this.store.examine(item, apiVersion);
                    if (examined) all.push(examined);
                }
            },
        );
        return { all, resourceVersion };
    }

    async #watch(): Promise<void> {
        const version = this.#version ?? this.watched.versions[0]!;
        const apiVersion = apiVersionOf(this.watched, version);
        this.#watches += 1;
        const response = await this.#client.open({
            verb: "watch",
            accept: this.watched.metadataOnly ? WATCH_ACCEPT.metadata : WATCH_ACCEPT.full,
            signal: this.#stop.signal,
            path: this.#path(version, {
                watch: "1",
                allowWatchBookmarks: "true",
                resourceVersion: this.#resourceVersion ?? "",
                // Not all proxies' watches are to end together.
                timeoutSeconds: String(290 + Math.floor(Math.random() * 300)),
            }),
        });
        const opened = performance.now();
        this.#isWatching = true;
        this.#well();
        try {
            await readWatch(response, this.#times.silenceMs, {
                event: (type, object) => this.#take(type, object, apiVersion),
                seen: (resourceVersion) => {
                    this.#resourceVersion = resourceVersion;
                    this.#backoff.reset();
                },
                bytes: (size) => {
                    this.#client.counters.bytes += size;
                },
            });
        } catch (error) {
            // Connections are cut in the course of things. That one was is worth a word if the next can't be had.
            if (error instanceof ApiError || performance.now() - opened < SHORT_MS) throw error;
        } finally {
            this.#isWatching = false;
            this.#lastContact = Date.now();
            this.#backoff.lived(performance.now() - opened);
        }
        // An API server that ends watches at once is not to be asked without a pause.
        if (performance.now() - opened < SHORT_MS) await this.#sleep(this.#backoff.take());
    }

    #take(type: "ADDED" | "MODIFIED" | "DELETED", object: unknown, apiVersion: string): void {
        this.#eventCount += 1;
        this.#lastEvent = Date.now();
        if (type === "DELETED") {
            if (this.store.remove(object)) this.#events.changed();
            return;
        }
        const examined = this.store.examine(object, apiVersion);
        if (examined && this.store.put(examined)) this.#events.changed();
    }

    #path(version: string, query: Readonly<Record<string, string>>): string {
        const fieldSelector = fieldSelectorOf(this.watched);
        const { labelSelector } = this.watched;
        const all = new URLSearchParams({
            ...query,
            ...(fieldSelector === undefined ? {} : { fieldSelector }),
            ...(labelSelector === undefined ? {} : { labelSelector }),
        });
        return `${collectionPath(this.watched, version, this.#namespace)}?${all.toString()}`;
    }

    // --- failing and recovering ------------------------------------------------------------------------------------

    #well(): void {
        const after = this.#failure?.kind;
        const isNews = !this.#synced || after !== undefined;
        this.#synced = true;
        this.#failure = undefined;
        this.#failingSince = 0;
        if (isNews) this.#events.turned(after);
    }

    async #recover(error: ApiFailure): Promise<void> {
        const failure = error.kind === "forbidden" && (await this.#isUnknown()) ? { kind: "absent" as const } : error;
        if (failure.kind === "expired") {
            this.#resourceVersion = undefined;
            // A list is due, at once. Should that expire too, the wait grows.
            const isAgain = performance.now() - this.#expiredAt < EXPIRED_AGAIN_MS;
            this.#expiredAt = performance.now();
            if (isAgain) await this.#sleep(this.#backoff.take());
            return;
        }
        this.#fail(failure);
        await this.#sleep(failure.kind === "throttled" ? failure.afterMs * (1 + Math.random() / 2) : this.#backoff.take());
    }

    /**
     * Who has no right to a kind is told so whether the cluster has it or not. Of a kind that restricts, what was never read
     * may only count as nothing where the API's own list of kinds says that there is no such kind.
     */
    async #isUnknown(): Promise<boolean> {
        if (!this.watched.restricts || this.#lastContact > 0) return false;
        const { group, resource, versions } = this.watched;
        // The core is everywhere.
        if (group === "") return false;
        for (const version of versions) {
            try {
                const list = await this.#client.json({
                    verb: "list",
                    accept: "application/json",
                    signal: this.#stop.signal,
                    path: `/apis/${group}/${version}`,
                });
                const { resources } = list as { readonly resources?: unknown };
                if (!Array.isArray(resources) || resources.some((one: { readonly name?: unknown } | null) => one?.name === resource))
                    return false;
            } catch (error) {
                if (failureOfError(error).kind !== "absent") return false;
            }
        }
        return true;
    }

    #fail(failure: ApiFailure): void {
        if (this.#failure?.kind !== failure.kind) this.#failingSince = performance.now();
        const isNews = JSON.stringify(failure) !== JSON.stringify(this.#failure);
        this.#failure = failure;
        if (failure.kind === "absent") this.#absent();
        // A watch that may not be had, or a kind that went away: what there is has to be read anew.
        if (failure.kind === "forbidden" || failure.kind === "absent") this.#resourceVersion = undefined;
        if (isNews) this.#events.turned();
    }

    /** A kind that the cluster does not have has no objects. */
    #absent(): void {
        const isLong = performance.now() - this.#failingSince >= this.#times.absentMs;
        if (this.store.size > 0 && !isLong) return;
        this.#version = undefined;
        const isFirst = !this.#synced;
        this.#synced = true;
        if (this.store.replace([]) || isFirst) this.#events.changed();
    }

    /** Until the time is over, `nudge` or `stop`. */
    async #sleep(ms: number): Promise<void> {
        if (ms <= 0 || this.#stop.signal.aborted) return;
        this.#wake = new AbortController();
        await delay(ms, undefined, { signal: this.#wake.signal }).catch(() => undefined);
    }
}

function ageOf(time: number): number | null {
    return time === 0 ? null : Math.round((Date.now() - time) / 100) / 10;
}
