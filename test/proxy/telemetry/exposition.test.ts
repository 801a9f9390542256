/** What is counted is written as Prometheus and OpenMetrics have it, whatever stands in names and values. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { exposition, Ledger, type ExpositionFormat } from "../../../proxy/telemetry";
import { clearValue } from "../../../proxy/telemetry/label-value";
import { MetricRegistry } from "../../../proxy/telemetry/registry";

function written(registry: MetricRegistry, format: ExpositionFormat = "text"): string {
    const ledger = new Ledger();
    ledger.told({}, structuredClone(registry.changes()));
    return [...exposition(ledger.families, format)].join("");
}

describe("the exposition of metrics", () => {
    const played = (): MetricRegistry => {
        const registry = new MetricRegistry();
        registry.counter("plain", 'what "it" counts\\\nin two lines').add(2);
        registry.counters("istio_requests_total", "Istio's", ["host", "code"]).of('a"\\\nb\0', "200").add();
        registry.gauges("never_seen", "", ["x"]);
        const histogram = registry.histograms("h", "", ["x"], [0.5, 10]).of("v");
        for (const value of [0.5, 0.6, 10, 11]) histogram.observe(value);
        histogram.show(1, "4bf92f3577b34da6a3ce929d0e0e4736", 0.6, 1_520_879_607_789);
        return registry;
    };

    it("has Prometheus' text format 0.0.4", () => {
        assert.equal(
            written(played()),
            [
                '# HELP gatehouse_plain_total what "it" counts\\\\\\nin two lines',
                "# TYPE gatehouse_plain_total counter",
                "gatehouse_plain_total 2",
                "# HELP istio_requests_total Istio's",
                "# TYPE istio_requests_total counter",
                'istio_requests_total{host="a\\"\\\\\\nb ",code="200"} 1',
                "# HELP gatehouse_h ",
                "# TYPE gatehouse_h histogram",
                'gatehouse_h_bucket{x="v",le="0.5"} 1',
                'gatehouse_h_bucket{x="v",le="10"} 3',
                'gatehouse_h_bucket{x="v",le="+Inf"} 4',
                'gatehouse_h_sum{x="v"} 22.1',
                'gatehouse_h_count{x="v"} 4',
                "",
            ].join("\n"),
        );
    });

    it("has OpenMetrics 1.0, with a trace of what a bucket has counted", () => {
        const lines = written(played(), "openmetrics").split("\n");
        assert.deepEqual(lines.slice(0, 3), [
            '# HELP gatehouse_plain what \\"it\\" counts\\\\\\nin two lines',
            "# TYPE gatehouse_plain counter",
            "gatehouse_plain_total 2",
        ]);
        assert.ok(lines.includes('gatehouse_h_bucket{x="v",le="10"} 3 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0.6 1520879607.789'));
        assert.deepEqual(lines.slice(-2), ["# EOF", ""]);
    });

    it("writes versions of one metric that differ in labels behind one heading", () => {
        const [before, after, ledger] = [new MetricRegistry(), new MetricRegistry(), new Ledger()];
        before.counters("c", "", ["x"]).of("a").add();
        before.counter("d", "").add();
        after.counters("c", "", ["x", "y"]).of("a", "b").add();
        for (const registry of [before, after]) ledger.told(registry, registry.changes());
        assert.deepEqual(
            [...exposition(ledger.families, "text")]
                .join("")
                .split("\n")
                .filter((line) => !line.startsWith("# HELP")),
            [
                "# TYPE gatehouse_c_total counter",
                'gatehouse_c_total{x="a"} 1',
                'gatehouse_c_total{x="a",y="b"} 1',
                "# TYPE gatehouse_d_total counter",
                "gatehouse_d_total 1",
                "",
            ],
        );
    });

    it("keeps each sample on its own line, whatever is in a label", () => {
        const value = fc.string({ unit: fc.constantFrom("\n", "\r", "\0", '"', "\\", "}", " ", ",", "=", "é", "\ud800", "\u2028", "a") });
        fc.assert(
            fc.property(fc.uniqueArray(value, { maxLength: 8 }), (values) => {
                const registry = new MetricRegistry();
                const counters = registry.counters("c", "", ["x"]);
                for (const one of values) counters.of(one).add();
                const lines = written(registry).split("\n").slice(2, -1);
                if (values.length === 0) return;
                // What is written alike is one series: readers take two for a fault.
                assert.equal(lines.length, new Set(values.map(clearValue)).size);
                for (const line of lines) assert.match(line, /^gatehouse_c_total\{x="(?:[^"\\\x00-\x1f]|\\["\\n])*"\} \d$/);
                assert.equal(
                    lines.reduce((sum, line) => sum + Number(line.at(-1)), 0),
                    values.length,
                );
            }),
            { numRuns: 100 },
        );
    });
});
