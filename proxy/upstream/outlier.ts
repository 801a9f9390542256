/**
 * Endpoints that fail, unlike the others, are put aside for a time (Envoy's outlier detection, as istiod sets it): after so many
 * errors in a row an endpoint is ejected, it comes back by itself, and each further time it is out for longer. Every worker
 * judges by what it has seen itself. Hot path: an answer is a few additions and comparisons.
 */
import type { ResponseHead } from "../http/doors";
import { httpStatusOf } from "../http/grpc";
import { headerValue } from "../http/header-list";
import { timerMs } from "../net/timer";
import type { OutlierEntry } from "../tables";
import type { EndpointOutcomes } from "./connection";
import type { Endpoint } from "./endpoint";
import type { EjectionCause, UpstreamEvents } from "./events";

/** However often it was out. */
const MAX_EJECTION_MS = 300_000;

const BAD_GATEWAY = 502;
const UNAVAILABLE = 503;
const GATEWAY_TIMEOUT = 504;

/** What a detector asks of its cluster. */
export interface OutlierOwner {
    readonly key: string;
    /** It is known to be well now, or no more. */
    healthChanged(endpoint: Endpoint): void;
}

export class OutlierDetector {
    entry: OutlierEntry;
    readonly #owner: OutlierOwner;
    readonly #events: UpstreamEvents;
    readonly #now: () => number;
    /** In the order in which they were listed first. */
    readonly #watched = new Map<Endpoint, Outcomes>();
    #timer: NodeJS.Timeout | undefined = undefined;

    constructor(entry: OutlierEntry, owner: OutlierOwner, events: UpstreamEvents, now: () => number) {
        this.entry = entry;
        this.#owner = owner;
        this.#events = events;
        this.#now = now;
    }

    /** Endpoints that are new are watched from now on. */
    watch(endpoints: readonly Endpoint[]): void {
        for (const endpoint of endpoints) {
            if (this.#watched.has(endpoint)) continue;
            const outcomes = new Outcomes(this, endpoint);
            this.#watched.set(endpoint, outcomes);
            endpoint.outcomes = outcomes;
        }
    }

    update(entry: OutlierEntry): void {
        const { intervalMs } = this.entry;
        this.entry = entry;
        if (this.#timer === undefined || intervalMs === entry.intervalMs) return;
        this.#stopTimer();
        this.#startTimer();
    }

    /** Nobody watches any more: whoever is out comes back. */
    stop(): void {
        this.#stopTimer();
        for (const endpoint of this.#watched.keys()) {
            endpoint.outcomes = undefined;
            if (endpoint.health.ejected) this.#return(endpoint);
        }
        this.#watched.clear();
    }

    /** They are not listed any more. */
    forget(gone: readonly Endpoint[]): void {
        for (const endpoint of gone) this.#watched.delete(endpoint);
    }

    /** So many errors came in a row. */
    failing(outcomes: Outcomes, cause: EjectionCause): void {
        const { endpoint } = outcomes;
        if (endpoint.health.ejected || !this.#watched.has(endpoint)) return;
        if (!this.#mayEject(endpoint)) {
            this.#events.ejectionSpared(this.#owner.key, endpoint.text, cause);
            return;
        }
        const { baseEjectionTimeMs } = this.entry;
        const most = Math.max(MAX_EJECTION_MS, baseEjectionTimeMs);
        outcomes.ejectedAt = this.#now();
        if (outcomes.times * baseEjectionTimeMs < most + baseEjectionTimeMs) outcomes.times++;
        outcomes.outMs = Math.min(baseEjectionTimeMs * outcomes.times, most);
        endpoint.health.ejected = true;
        this.#startTimer();
        this.#events.ejected(this.#owner.key, endpoint.text, cause, outcomes.outMs);
        this.#owner.healthChanged(endpoint);
    }

    /** Up to a part of all; where that is less than one, one, if others are well. */
    #mayEject(endpoint: Endpoint): boolean {
        let ejected = 0;
        let others = 0;
        for (const one of this.#watched.keys()) {
            if (one.health.ejected) ejected++;
            else if (one !== endpoint && one.isWell && one.weight > 0) others++;
        }
        return (ejected + 1) * 100 <= this.entry.maxEjectionPercent * this.#watched.size || (ejected === 0 && others > 0);
    }

    /** Looks who may come back, and forgets in time what was long ago. */
    readonly sweep = (): void => {
        const now = this.#now();
        let isNeeded = false;
        for (const [endpoint, outcomes] of this.#watched) {
            if (outcomes.times === 0) continue;
            if (endpoint.health.ejected) {
                if (now - outcomes.ejectedAt >= outcomes.outMs) {
                    outcomes.returnedAt = now;
                    outcomes.forget();
                    this.#return(endpoint);
                }
            } else if (now - outcomes.returnedAt >= this.entry.intervalMs) outcomes.times--;
            if (outcomes.times > 0) isNeeded = true;
        }
        if (!isNeeded) this.#stopTimer();
    };

    #return(endpoint: Endpoint): void {
        endpoint.health.ejected = false;
        this.#events.returned(this.#owner.key, endpoint.text);
        this.#owner.healthChanged(endpoint);
    }

    #startTimer(): void {
        this.#timer ??= setInterval(this.sweep, timerMs(this.entry.intervalMs)).unref();
    }

    #stopTimer(): void {
        clearInterval(this.#timer);
        this.#timer = undefined;
    }
}

/** What came of the requests to one endpoint. */
export class Outcomes implements EndpointOutcomes {
    readonly endpoint: Endpoint;
    /** How often it was ejected, less for each interval that it was well since. */
    times = 0;
    ejectedAt = 0;
    outMs = 0;
    returnedAt = 0;
    readonly #detector: OutlierDetector;
    // In a row.
    #errors = 0;
    #gatewayErrors = 0;
    #localFailures = 0;

    constructor(detector: OutlierDetector, endpoint: Endpoint) {
        this.#detector = detector;
        this.endpoint = endpoint;
    }

    /** A status of gRPC in the head is what counts, where there is one. */
    answered({ status, headers }: ResponseHead): void {
        const { entry } = this.#detector;
        const grpc = headerValue(headers, "grpc-status");
        const code = grpc === undefined ? status : httpStatusOf(grpc, status);
        if (entry.errorStatuses.length === 0 ? code >= 500 : entry.errorStatuses.includes(code)) this.#failed(code);
        else if (this.#errors !== 0) this.#errors = this.#gatewayErrors = 0;
        this.#localFailures = 0;
    }

    /** A connection was made: with bytes that no codec reads that is all there is to know. */
    connected(isAll: boolean): void {
        this.#localFailures = 0;
        if (isAll && !this.#detector.entry.splitExternalLocalOriginErrors) this.#errors = this.#gatewayErrors = 0;
    }

    /** No connection, or one that was lost with a request on it. */
    failed(): void {
        this.#failedHere(UNAVAILABLE);
    }

    timedOut(): void {
        this.#failedHere(GATEWAY_TIMEOUT);
    }

    forget(): void {
        this.#errors = this.#gatewayErrors = this.#localFailures = 0;
    }

    #failedHere(code: number): void {
        const { entry } = this.#detector;
        if (!entry.splitExternalLocalOriginErrors) this.#failed(code);
        else if (++this.#localFailures === entry.consecutiveLocalOriginFailures) {
            this.#localFailures = 0;
            this.#detector.failing(this, "consecutive_local_origin_failure");
        }
    }

    #failed(code: number): void {
        const { entry } = this.#detector;
        if (code < BAD_GATEWAY || code > GATEWAY_TIMEOUT) this.#gatewayErrors = 0;
        else if (++this.#gatewayErrors === entry.consecutiveGatewayErrors) {
            this.#gatewayErrors = 0;
            this.#detector.failing(this, "consecutive_gateway_failure");
        }
        if (++this.#errors === entry.consecutive5xx) {
            this.#errors = 0;
            this.#detector.failing(this, "consecutive_5xx");
        }
    }
}
