/**
 * Writes the addresses of a gateway into the status of the Ingresses that it serves. A process of its own, with an account of its
 * own: what traffic passes through may write nothing in the cluster.
 */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { QualifiedName } from "../../istio/semantics";
import type { IngressClassObject } from "../../istio/types";
import { ApiClient, ApiCredentials, failureOfError, type ApiFailure, type ClusterOptions } from "../source";
import { Collection } from "./collection";
import { ELECTION_TIMES, type ElectionTimes } from "./election";
import { Leader } from "./leader";
import { Pace } from "./pace";
import { seenClass, seenIngress, seenService, wantedAddresses, type SeenIngress, type SeenService } from "./statuses";

export interface IngressStatusOptions extends ClusterOptions {
    /** The Service of the gateway, which classes name. */
    readonly gateway: QualifiedName;
    /** Of the Lease, in the Service's namespace. */
    readonly lease: string;
    /** Of this process, among those that want the Lease. */
    readonly identity: string;
    readonly times?: Partial<ElectionTimes>;
}

/** What it tells; the process's log says it. */
export interface IngressStatusEvents {
    turned(leads: boolean): void;
    wrote(ingress: QualifiedName, addresses: readonly object[]): void;
    failed(what: string, failure: ApiFailure): void;
}

export interface IngressStatusReport {
    readonly leads: boolean;
    readonly synced: boolean;
    readonly writes: number;
    readonly conflicts: number;
    readonly failures: number;
}

export interface RunningIngressStatus {
    report(): IngressStatusReport;
    /** Lets go of the Lease; the addresses stay. */
    stop(): Promise<void>;
}

const INGRESSES = "/apis/networking.k8s.io/v1/ingresses";
const CLASSES = "/apis/networking.k8s.io/v1/ingressclasses";
const WRITES_PER_SECOND = 10;
const WRITES_AT_ONCE = 20;
const RETRY_MS = 2_000;
const MAX_MANAGER = 128;

export function runIngressStatus(options: IngressStatusOptions, events: IngressStatusEvents): RunningIngressStatus {
    return new IngressStatus(options, events).start();
}

/** What the API server is told who writes; each gateway has its own. */
export function writerName({ namespace, name }: QualifiedName): string {
    const text = `gatehouse-ingress-status-${namespace}.${name}`;
    if (text.length <= MAX_MANAGER) return text;
    const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
    return `${text.slice(0, MAX_MANAGER - digest.length - 1)}-${digest}`;
}

class IngressStatus implements RunningIngressStatus {
    readonly #options: IngressStatusOptions;
    readonly #events: IngressStatusEvents;
    readonly #client: ApiClient;
    readonly #stop = new AbortController();
    readonly #leader: Leader;
    readonly #ingresses: Collection<SeenIngress>;
    readonly #classes: Collection<IngressClassObject>;
    readonly #services: Collection<SeenService>;
    readonly #pace = new Pace(WRITES_PER_SECOND, WRITES_AT_ONCE);
    readonly #writer: string;
    /** Ingresses that are to be looked at. */
    readonly #queue = new Set<string>();
    readonly #counts = { writes: 0, conflicts: 0, failures: 0 };
    #running: readonly Promise<void>[] = [];
    #isWorking = false;

    constructor(options: IngressStatusOptions, events: IngressStatusEvents) {
        const { gateway, lease, identity, times } = options;
        this.#options = options;
        this.#events = events;
        this.#writer = writerName(gateway);
        this.#client = new ApiClient(new ApiCredentials(options));
        this.#leader = new Leader(
            this.#client,
            { namespace: gateway.namespace, name: lease, identity, times: { ...ELECTION_TIMES, ...times } },
            {
                turned: (leads) => {
                    events.turned(leads);
                    if (leads) this.#lookAtAll();
                },
                failed: (failure) => this.#failed(`Lease ${gateway.namespace}/${lease}`, failure),
            },
        );
        const failed = (path: string, failure: ApiFailure): void => this.#failed(path, failure);
        const all = { changed: () => this.#lookAtAll(), failed };
        this.#ingresses = new Collection(this.#client, INGRESSES, {}, seenIngress, {
            changed: (key) => (key === "" ? this.#lookAtAll() : this.#lookAt(key)),
            failed,
        });
        this.#classes = new Collection(this.#client, CLASSES, {}, seenClass, all);
        const services = `/api/v1/namespaces/${encodeURIComponent(gateway.namespace)}/services`;
        this.#services = new Collection(this.#client, services, { fieldSelector: `metadata.name=${gateway.name}` }, seenService, all);
    }

    start(): this {
        const { signal } = this.#stop;
        this.#running = [this.#leader, this.#ingresses, this.#classes, this.#services].map((one) => one.run(signal));
        return this;
    }

    async stop(): Promise<void> {
        this.#stop.abort();
        await Promise.all(this.#running);
        this.#client.close();
    }

    report(): IngressStatusReport {
        return { leads: this.#leader.leads, synced: this.#isSynced, ...this.#counts };
    }

    get #isSynced(): boolean {
        return this.#ingresses.synced && this.#classes.synced && this.#services.synced;
    }

    #lookAtAll(): void {
        for (const key of this.#ingresses.objects.keys()) this.#queue.add(key);
        this.#work();
    }

    #lookAt(key: string): void {
        this.#queue.add(key);
        this.#work();
    }

    /** Before everything was read nobody knows whose an Ingress is. */
    #work(): void {
        if (this.#isWorking || !this.#isSynced || !this.#leader.leads || this.#stop.signal.aborted) return;
        this.#isWorking = true;
        void this.#drain().finally(() => {
            this.#isWorking = false;
            if (this.#queue.size > 0) this.#work();
        });
    }

    async #drain(): Promise<void> {
        const { signal } = this.#stop;
        for (const key of this.#queue) {
            // What is still in the queue is looked at by whoever leads, or when this one does again.
            if (!this.#leader.leads || signal.aborted) return;
            this.#queue.delete(key);
            const ingress = this.#ingresses.objects.get(key);
            const wanted = ingress && this.#wanted(ingress);
            if (ingress === undefined || wanted === undefined) continue;
            for (let wait = this.#pace.take(performance.now()); wait > 0; wait = this.#pace.take(performance.now()))
                await delay(wait, undefined, { signal }).catch(() => undefined);
            if (this.#leader.leads && !signal.aborted) await this.#write(key, ingress, wanted);
            else this.#queue.add(key);
        }
    }

    #wanted(ingress: SeenIngress): readonly object[] | undefined {
        const { gateway } = this.#options;
        const service = this.#services.objects.get(`${gateway.namespace}/${gateway.name}`) ?? { addresses: [] };
        return wantedAddresses(ingress, this.#classes.objects, gateway, service, this.#writer);
    }

    /** Only what was seen is written over: of a version that is not the newest the watch brings the next one. */
    async #write(key: string, { namespace, name, resourceVersion }: SeenIngress, addresses: readonly object[]): Promise<void> {
        const { signal } = this.#stop;
        const path = `/apis/networking.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/ingresses/${encodeURIComponent(name)}/status?fieldManager=${encodeURIComponent(this.#writer)}`;
        const body = { metadata: { resourceVersion }, status: { loadBalancer: { ingress: addresses } } };
        try {
            await this.#client.json({ verb: "patch", path, accept: "application/json", signal, body });
            this.#counts.writes += 1;
            this.#events.wrote({ namespace, name }, addresses);
        } catch (error) {
            const failure = failureOfError(error);
            if (signal.aborted || failure.kind === "absent") return;
            if (failure.kind === "conflict") this.#counts.conflicts += 1;
            else this.#failed(`Ingress ${namespace}/${name}`, failure);
            const again = setTimeout(() => this.#lookAt(key), failure.kind === "throttled" ? failure.afterMs : RETRY_MS);
            again.unref();
        }
    }

    #failed(what: string, failure: ApiFailure): void {
        this.#counts.failures += 1;
        this.#events.failed(what, failure);
    }
}
