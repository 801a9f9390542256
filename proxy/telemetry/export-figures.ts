/** What is counted of records that go to collectors. Told once a batch, so that names may be looked up each time. */
import type { MetricRegistry } from "./registry";

export class ExportFigures {
    readonly sent;
    readonly dropped;

    constructor(registry: MetricRegistry) {
        this.sent = registry.counters("telemetry_exported", "spans and log records that a collector took, by signal and provider", [
            "signal",
            "destination",
        ]);
        this.dropped = registry.counters(
            "telemetry_export_dropped",
            "those that were lost: no room (`full`), not taken for long (`unavailable`), not wanted (`refused`), or the worker ended (`ended`)",
            ["signal", "destination", "reason"],
        );
    }
}
