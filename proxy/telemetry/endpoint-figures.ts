/** What is counted of the health of endpoints. Told once in a while, so that names may be looked up each time. */
import { MAX_NAMED, type MetricRegistry } from "./registry";
import type { RequestRecord } from "./request-record";

/** Envoy's flag of it. */
const OVERFLOW = "UO";

export class EndpointFigures {
    readonly ejections;
    readonly ejectionsSpared;
    readonly ejected;
    readonly checkFailures;
    readonly unhealthy;
    readonly retriesSpared;
    readonly #retries;
    readonly #overflows;
    readonly #connections;
    /** Clusters that have had a connection. */
    readonly #connected = new Set<string>();

    constructor(registry: MetricRegistry) {
        this.ejections = registry.counters(
            "outlier_ejections",
            "endpoints that were ejected for what they answered, by cluster and cause",
            ["cluster", "cause"],
            MAX_NAMED,
        );
        this.ejectionsSpared = registry.counters(
            "outlier_ejections_spared",
            "endpoints that would have been ejected, had not as many been as may be",
            ["cluster", "cause"],
            MAX_NAMED,
        );
        this.ejected = registry.gauges("endpoints_ejected", "endpoints that are ejected, as each worker sees them", ["cluster"], MAX_NAMED);
        this.checkFailures = registry.counters(
            "health_check_failures",
            "how often active checks found that an endpoint is not well any more",
            ["cluster"],
            MAX_NAMED,
        );
        this.unhealthy = registry.gauges(
            "endpoints_unhealthy",
            "endpoints that active checks leave out, as each worker sees them",
            ["cluster"],
            MAX_NAMED,
        );
        this.retriesSpared = registry.counters(
            "retries_spared",
            "requests that were not sent again since too many were",
            ["cluster"],
            MAX_NAMED,
        );
        this.#retries = registry.counters(
            "gatehouse_upstream_retries_total",
            "how often requests were sent again, by cluster",
            ["cluster"],
            MAX_NAMED,
        );
        this.#overflows = registry.counters(
            "gatehouse_upstream_overflow_total",
            "requests that found a bound of their cluster's connections or requests reached",
            ["cluster"],
            MAX_NAMED,
        );
        this.#connections = registry.gauges(
            "gatehouse_upstream_connections",
            "connections to endpoints that are open or being made, by cluster",
            ["cluster"],
            MAX_NAMED,
        );
    }

    /** Looks at how many there are now. */
    look(clusters: ReadonlyMap<string, { readonly connections: number }>): void {
        for (const key of this.#connected) {
            if (clusters.has(key)) continue;
            this.#connections.of(key).set(0);
            this.#connected.delete(key);
        }
        for (const [key, { connections }] of clusters) {
            if (connections === 0 && !this.#connected.has(key)) continue;
            this.#connected.add(key);
            this.#connections.of(key).set(connections);
        }
    }

    /** Hot path. */
    finished({ attempts, flags, cluster }: RequestRecord): void {
        if (attempts > 1) this.#retries.of(cluster).add(attempts - 1);
        if (flags !== "" && flags.includes(OVERFLOW)) this.#overflows.of(cluster).add();
    }
}
