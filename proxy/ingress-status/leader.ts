/** Takes and renews the Lease, and lets go of it at the end, so that nobody waits for it to run out. */
import { setTimeout as delay } from "node:timers/promises";
import { failureOfError, type ApiClient, type ApiFailure } from "../source";
import { Election, seenLease, type ElectionTimes, type SeenLease } from "./election";

const JSON_TYPE = "application/json";
const RELEASE_MS = 3_000;

export interface LeaderOptions {
    readonly namespace: string;
    /** Of the Lease. */
    readonly name: string;
    /** Whoever else runs has another one. */
    readonly identity: string;
    readonly times: ElectionTimes;
}

export interface LeaderEvents {
    /** It leads now, or does not any more. */
    turned(leads: boolean): void;
    failed(failure: ApiFailure): void;
}

export class Leader {
    readonly #client: ApiClient;
    readonly #options: LeaderOptions;
    readonly #events: LeaderEvents;
    readonly #election: Election;
    readonly #collection: string;
    #told = false;

    constructor(client: ApiClient, options: LeaderOptions, events: LeaderEvents) {
        this.#client = client;
        this.#options = options;
        this.#events = events;
        this.#election = new Election(options.identity, options.times);
        this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(options.namespace)}/leases`;
    }

    /** Asked before each write. */
    get leads(): boolean {
        return this.#election.leads(performance.now());
    }

    /** Until the signal says so. */
    async run(signal: AbortSignal): Promise<void> {
        const { retryMs } = this.#options.times;
        while (!signal.aborted) {
            try {
                await this.#try(signal);
            } catch (error) {
                const failure = failureOfError(error);
                if (!signal.aborted && failure.kind !== "conflict") this.#events.failed(failure);
            }
            this.#tell();
            await delay(retryMs * (0.8 + Math.random() * 0.4), undefined, { signal }).catch(() => undefined);
        }
        await this.#release().catch(() => undefined);
        this.#election.lost();
        this.#tell();
    }

    async #try(signal: AbortSignal): Promise<void> {
        const lease = await this.#get(signal);
        const asked = performance.now();
        if (lease !== undefined && !this.#election.mayTake(lease, asked)) {
            // Somebody else's, whatever was agreed before.
            this.#election.lost();
            return;
        }
        await this.#write(lease, this.#election.specAfter(lease, new Date()), signal);
        this.#election.renewed(asked);
    }

    async #get(signal: AbortSignal): Promise<SeenLease | undefined> {
        try {
            return seenLease(await this.#client.json({ verb: "get", path: this.#path, accept: JSON_TYPE, signal }));
        } catch (error) {
            if (failureOfError(error).kind === "absent") return undefined;
            throw error;
        }
    }

    async #write(lease: SeenLease | undefined, spec: object, signal: AbortSignal): Promise<void> {
        const { namespace, name } = this.#options;
        const metadata = { name, namespace, ...(lease ? { resourceVersion: lease.resourceVersion } : {}) };
        const body = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
        const request = { accept: JSON_TYPE, signal, body };
        if (lease) await this.#client.json({ ...request, verb: "update", path: this.#path });
        else await this.#client.json({ ...request, verb: "create", path: this.#collection });
    }

    async #release(): Promise<void> {
        if (!this.leads) return;
        const signal = AbortSignal.timeout(RELEASE_MS);
        const lease = await this.#get(signal);
        if (lease?.holder !== this.#options.identity) return;
        await this.#write(lease, { ...this.#election.specAfter(lease, new Date()), holderIdentity: "", leaseDurationSeconds: 1 }, signal);
    }

    #tell(): void {
        const { leads } = this;
        if (leads === this.#told) return;
        this.#told = leads;
        this.#events.turned(leads);
    }

    get #path(): string {
        return `${this.#collection}/${encodeURIComponent(this.#options.name)}`;
    }
}
