/** What is counted of the health of endpoints. Told once in a while, so that names may be looked up each time. */
import type { MetricRegistry } from "./registry";

export class EndpointFigures {
    readonly ejections;
    readonly ejectionsSpared;
    readonly ejected;
    readonly checkFailures;
    readonly unhealthy;
    readonly retriesSpared;

    constructor(registry: MetricRegistry) {
        this.ejections = registry.counters(
            "outlier_ejections",
            "endpoints that were ejected for what they answered, by cluster and cause",
            ["cluster", "cause"],
        );
        this.ejectionsSpared = registry.counters(
            "outlier_ejections_spared",
            "endpoints that would have been ejected, had not as many been as may be",
            ["cluster", "cause"],
        );
        this.ejected = registry.gauges("endpoints_ejected", "endpoints that are ejected, as each worker sees them", ["cluster"]);
        this.checkFailures = registry.counters(
            "health_check_failures",
            "how often active checks found that an endpoint is not well any more",
            ["cluster"],
        );
        this.unhealthy = registry.gauges("endpoints_unhealthy", "endpoints that active checks leave out, as each worker sees them", [
            "cluster",
        ]);
        this.retriesSpared = registry.counters("retries_spared", "requests that were not sent again since too many were", ["cluster"]);
    }
}
