/**
 * The key sets that the tables name, kept fresh: fetched when they are first named, again in istiod's interval, and sooner after
 * a failure. The last good keys stay through failures, for as long as istiod keeps them. Nobody waits for it: who wants to know
 * is told of each change.
 */
import type { FetchedKeySet, KeySource } from "../tables";
import { fetchKeys } from "./issuer-keys";

export interface KeyTimes {
    readonly refreshMs: number;
    readonly firstRetryMs: number;
    readonly lastRetryMs: number;
    /** Keys that could not be fetched again for so long are given up. */
    readonly keepMs: number;
}

const TIMES: KeyTimes = { refreshMs: 20 * 60_000, firstRetryMs: 1_000, lastRetryMs: 60_000, keepMs: 7 * 24 * 60 * 60_000 };
/** What issuers, and proxies of one Deployment, are spared: all asking at once. */
const JITTER = 0.1;

export interface KeySetsOptions {
    readonly onChange: () => void;
    readonly times?: KeyTimes;
    readonly fetch?: (source: KeySource) => Promise<string>;
    readonly random?: () => number;
}

interface Kept {
    source: KeySource;
    state: FetchedKeySet | undefined;
    /** When the keys were fetched, in milliseconds. */
    fetchedAt: number;
    failures: number;
    timer: NodeJS.Timeout | undefined;
}

export class KeySets {
    readonly #options: Required<KeySetsOptions>;
    readonly #kept = new Map<string, Kept>();
    #states: ReadonlyMap<string, FetchedKeySet> = new Map();

    constructor({ onChange, times = TIMES, fetch = fetchKeys, random = Math.random }: KeySetsOptions) {
        this.#options = { onChange, times, fetch, random };
    }

    /** By key, of those of which something is known. Another map where anything of it has changed. */
    get states(): ReadonlyMap<string, FetchedKeySet> {
        return this.#states;
    }

    /** Whether each was asked for once, however that went. */
    get settled(): boolean {
        return [...this.#kept.values()].every(({ state }) => state !== undefined);
    }

    /** From now on these, and no others. */
    want(sources: readonly KeySource[]): void {
        const wanted = new Map(sources.map((source) => [source.key, source]));
        for (const [key, { timer }] of this.#kept) {
            if (wanted.has(key)) continue;
            clearTimeout(timer);
            this.#kept.delete(key);
            this.#tell(false);
        }
        for (const [key, source] of wanted) {
            const kept = this.#kept.get(key);
            if (kept !== undefined) kept.source = source;
            else this.#begin(source);
        }
    }

    stop(): void {
        for (const { timer } of this.#kept.values()) clearTimeout(timer);
        this.#kept.clear();
    }

    #begin(source: KeySource): void {
        const kept: Kept = { source, state: undefined, fetchedAt: 0, failures: 0, timer: undefined };
        this.#kept.set(source.key, kept);
        void this.#ask(kept);
    }

    async #ask(kept: Kept): Promise<void> {
        const { times, fetch } = this.#options;
        let state: FetchedKeySet;
        try {
            state = { jwks: await fetch(kept.source), why: "" };
            kept.fetchedAt = Date.now();
            kept.failures = 0;
        } catch (error) {
            const isOver = Date.now() - kept.fetchedAt >= times.keepMs;
            const why = error instanceof Error ? error.message : String(error);
            state = { jwks: isOver ? "" : (kept.state?.jwks ?? ""), why };
            kept.failures++;
        }
        // It may have gone, or come again, meanwhile.
        if (this.#kept.get(kept.source.key) !== kept) return;
        const isNews = kept.state?.jwks !== state.jwks || kept.state.why !== state.why;
        kept.state = state;
        kept.timer = setTimeout(() => void this.#ask(kept), this.#delayOf(kept)).unref();
        if (isNews) this.#tell(true);
    }

    #delayOf({ failures }: Kept): number {
        const { times, random } = this.#options;
        const delay = failures === 0 ? times.refreshMs : Math.min(times.lastRetryMs, times.firstRetryMs * 2 ** (failures - 1));
        return delay * (1 + JITTER * (2 * random() - 1));
    }

    #tell(isNews: boolean): void {
        this.#states = new Map([...this.#kept].flatMap(([key, { state }]) => (state ? [[key, state] as const] : [])));
        if (isNews) this.#options.onChange();
    }
}
