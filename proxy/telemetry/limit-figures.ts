/** What met a limit, by the limit's name in the table of limits (docs/proxy.md), and what is left undone for want of memory or time. */
import type { Counter, Gauge } from "./instruments";
import type { Labelled } from "./labelled";
import type { MetricRegistry } from "./registry";

export class LimitFigures {
    /** By name. */
    readonly reached: Labelled<Counter>;
    /** By action: 1 where a worker does all of it. */
    readonly overload: Labelled<Gauge>;

    constructor(registry: MetricRegistry) {
        this.reached = registry.counters(
            "limits_reached",
            "requests and connections that met a limit, by its name in the table of limits",
            ["limit"],
        );
        this.overload = registry.gauges(
            "overload_actions",
            "what workers leave undone for want of memory or time, by action: 0 nothing, 1 all of it, added up over workers",
            ["action"],
        );
    }
}
