/** What limits refuse. Told of each refusal, so that labels are bounded by the limits that there are. */
import { MAX_NAMED, type MetricRegistry } from "./registry";

export class RateFigures {
    readonly #rate;
    readonly #concurrency;

    constructor(registry: MetricRegistry) {
        this.#rate = registry.counters(
            "gatehouse_rate_limited_total",
            "requests that a limit refused, or would have (`effect` is `shadow`), by the limit",
            ["limit", "effect"],
            MAX_NAMED,
        );
        this.#concurrency = registry.counters(
            "gatehouse_concurrency_limited_total",
            "requests that were refused since as many as may be were under way, by the object that says how many",
            ["limit"],
            MAX_NAMED,
        );
    }

    rateLimited(limit: string, isShadow: boolean): void {
        this.#rate.of(limit, isShadow ? "shadow" : "limited").add();
    }

    concurrencyLimited(limit: string): void {
        this.#concurrency.of(limit).add();
    }
}
