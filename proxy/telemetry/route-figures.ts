/**
 * Requests by the rule that they were led by, which is bounded by the configuration. What counts for a rule is looked up once
 * and kept with its origin, for as long as that is served. Hot path.
 */
import { refText } from "../../istio/types";
import type { Origin } from "../tables";
import type { Counter, Histogram } from "./instruments";
import type { Labelled } from "./labelled";
import { MAX_NAMED, type MetricRegistry } from "./registry";
import type { RequestRecord } from "./request-record";
import { showTrace } from "./trace-of";

/** Seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Of requests that no rule is for. */
export const UNMATCHED = "unmatched";

interface RouteSeries {
    readonly route: string;
    readonly durations: Histogram;
    readonly byStatus: Map<number, Counter>;
}

export class RouteFigures {
    readonly #requests: Labelled<Counter>;
    readonly #durations: Labelled<Histogram>;
    readonly #known = new WeakMap<Origin, RouteSeries>();
    #unmatched: RouteSeries | undefined;

    constructor(registry: MetricRegistry) {
        this.#requests = registry.counters(
            "gatehouse_route_requests_total",
            `requests that are over, by the rule that led them (\`${UNMATCHED}\`: none did) and the status of the answer, 0 without one`,
            ["route", "code"],
            MAX_NAMED,
        );
        this.#durations = registry.histograms(
            "gatehouse_route_duration_seconds",
            "how long they took, from the head of the request to the end of the answer",
            ["route"],
            BOUNDS,
            MAX_NAMED,
        );
    }

    finished(record: RequestRecord): void {
        const { routeOrigin: origin, status, duration } = record;
        const series = origin === undefined ? (this.#unmatched ??= this.#of(UNMATCHED)) : (this.#known.get(origin) ?? this.#learn(origin));
        let requests = series.byStatus.get(status);
        if (requests === undefined) {
            requests = this.#requests.of(series.route, String(status));
            series.byStatus.set(status, requests);
        }
        requests.add();
        showTrace(series.durations, series.durations.observe(duration / 1000), duration / 1000, record);
    }

    #learn(origin: Origin): RouteSeries {
        const series = this.#of(`${refText(origin)} ${origin.field}`);
        this.#known.set(origin, series);
        return series;
    }

    #of(route: string): RouteSeries {
        return { route, durations: this.#durations.of(route), byStatus: new Map() };
    }
}
