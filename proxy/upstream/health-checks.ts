/**
 * Endpoints are asked from time to time how they are. One that does not answer as it should so many times in a row is left out
 * until it does again; the first answer of all decides at once, and until it is there the endpoint is taken to be well. Each
 * worker asks for itself: what it can't reach is of no use to it.
 */
import { timerMs } from "../net/timer";
import type { ClusterEntry, HealthCheckEntry } from "../tables";
import type { Endpoint } from "./endpoint";
import { askHealth } from "./health-question";
import type { UpstreamServices } from "./services";
import type { UpstreamTls } from "./upstream-tls";

/** First questions are spread over so long, or over the interval. */
const SPREAD_MS = 1_000;

/** What checks ask of their cluster. */
export interface CheckedCluster {
    readonly key: string;
    readonly entry: ClusterEntry;
    readonly tls: UpstreamTls | undefined;
    /** It is known to be well now, or no more. */
    healthChanged(endpoint: Endpoint): void;
}

/** Of one endpoint. */
interface Watched {
    /** Answers in a row that say other than what is thought of it. */
    against: number;
    isKnown: boolean;
    timer: NodeJS.Timeout | undefined;
    giveUp: (() => void) | undefined;
}

export class HealthChecks {
    readonly entry: HealthCheckEntry;
    readonly #cluster: CheckedCluster;
    readonly #services: UpstreamServices;
    readonly #watched = new Map<Endpoint, Watched>();

    constructor(entry: HealthCheckEntry, cluster: CheckedCluster, services: UpstreamServices) {
        this.entry = entry;
        this.#cluster = cluster;
        this.#services = services;
    }

    watch(endpoints: readonly Endpoint[]): void {
        for (const endpoint of endpoints) {
            if (this.#watched.has(endpoint)) continue;
            const watched = { against: 0, isKnown: endpoint.health.failing, timer: undefined, giveUp: undefined };
            this.#watched.set(endpoint, watched);
            this.#askIn(this.#services.random() * Math.min(this.entry.intervalMs, SPREAD_MS), endpoint, watched);
        }
    }

    forget(gone: Iterable<Endpoint>): void {
        for (const endpoint of gone) {
            const watched = this.#watched.get(endpoint);
            clearTimeout(watched?.timer);
            watched?.giveUp?.();
            this.#watched.delete(endpoint);
        }
    }

    /** Others ask from now on, or nobody. */
    stop(): void {
        this.forget([...this.#watched.keys()]);
    }

    #askIn(ms: number, endpoint: Endpoint, watched: Watched): void {
        watched.timer = setTimeout(() => this.#ask(endpoint, watched), timerMs(ms)).unref();
    }

    #ask(endpoint: Endpoint, watched: Watched): void {
        const { entry, tls } = this.#cluster;
        let isOver = false;
        const giveUp = askHealth({ endpoint, check: this.entry, entry, tls, codecs: this.#services.codecs }, (fault) => {
            isOver = true;
            watched.giveUp = undefined;
            this.#answered(endpoint, watched, fault);
            if (this.#watched.get(endpoint) !== watched) return;
            this.#askIn(this.entry.intervalMs + this.#services.random() * this.entry.jitterMs, endpoint, watched);
        });
        if (!isOver) watched.giveUp = giveUp;
    }

    #answered(endpoint: Endpoint, watched: Watched, fault: string): void {
        const isFailing = fault !== "";
        const { failing } = endpoint.health;
        const isFirst = !watched.isKnown;
        watched.isKnown = true;
        watched.against = isFailing === failing ? 0 : watched.against + 1;
        const needed = isFirst ? 1 : isFailing ? this.entry.unhealthyThreshold : this.entry.healthyThreshold;
        if (watched.against < needed) return;
        watched.against = 0;
        endpoint.health.failing = isFailing;
        const { key } = this.#cluster;
        if (isFailing) this.#services.events.checkedUnhealthy(key, endpoint.text, fault);
        else this.#services.events.checkedHealthy(key, endpoint.text);
        this.#cluster.healthChanged(endpoint);
    }
}
