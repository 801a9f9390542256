/** What every process tells of itself: the standard metrics of a process, added up over all, and how its event loop keeps up. */
import { monitorEventLoopDelay, performance, type EventLoopUtilization } from "node:perf_hooks";
import type { Gauge, Histogram } from "./instruments";
import type { MetricRegistry } from "./registry";

/** How often it is looked whether the event loop turns. */
const RESOLUTION_MS = 20;
/** Seconds. */
const LAG_BOUNDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export class ProcessFigures {
    readonly #lag: Histogram;
    readonly #utilisation: Gauge;
    readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    #used: EventLoopUtilization = performance.eventLoopUtilization();

    /** `name`: of the process among the proxy's own, `primary`, `worker-1`. */
    constructor(registry: MetricRegistry, name: string) {
        registry.observed("counter", "process_cpu_seconds_total", "CPU time of the proxy's processes, of the user and the system", () => {
            const { user, system } = process.cpuUsage();
            return (user + system) / 1e6;
        });
        registry.observed("gauge", "process_resident_memory_bytes", "memory of the proxy's processes", () => process.memoryUsage.rss());
        this.#lag = registry
            .histograms(
                "event_loop_lag_seconds",
                "of each second (of the primary: of each look) the longest time for which the event loop did not turn, by process",
                ["process"],
                LAG_BOUNDS,
            )
            .of(name);
        this.#utilisation = registry
            .gauges("event_loop_utilization", "the share of the time in which the event loop was at work, by process", ["process"])
            .of(name);
        this.#delays.enable();
    }

    /** Looks back at the time since it was called last. */
    look(): void {
        const longest = this.#delays.max / 1e6 - RESOLUTION_MS;
        if (this.#delays.count > 0) this.#lag.observe(Math.max(0, longest) / 1000);
        this.#delays.reset();
        const now = performance.eventLoopUtilization();
        this.#utilisation.set(Math.round(performance.eventLoopUtilization(now, this.#used).utilization * 1000) / 1000);
        this.#used = now;
    }

    stop(): void {
        this.#delays.disable();
    }
}
