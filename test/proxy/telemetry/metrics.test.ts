/** Numbers of several processes add up to what one would have counted that saw everything. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { DEFAULT_BOUNDS, Histogram } from "../../../proxy/telemetry/instruments";
import { Ledger } from "../../../proxy/telemetry/ledger";
import type { Counts, News } from "../../../proxy/telemetry/metric";
import { OTHER } from "../../../proxy/telemetry/labelled";
import { MAX_SERIES, MetricRegistry } from "../../../proxy/telemetry/registry";
import { samplesOf } from "../../../proxy/telemetry/samples";

/** Label values as strangers would choose them: alike, empty, long, with whatever a key is made of. */
const VALUE = fc.constantFrom("", "a", "b", "1:a", "other", "\0", '"\\\n', "0:", "é");

type Event =
    | { readonly kind: "count"; readonly labels: readonly [string, string]; readonly by: number }
    | { readonly kind: "hold"; readonly by: number }
    | { readonly kind: "observe"; readonly label: string; readonly value: number };

const EVENT: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ kind: fc.constant("count" as const), labels: fc.tuple(VALUE, VALUE), by: fc.integer({ min: 0, max: 1000 }) }),
    fc.record({ kind: fc.constant("hold" as const), by: fc.constantFrom(1, -1) }),
    // Halves are added without an error of rounding.
    fc.record({
        kind: fc.constant("observe" as const),
        label: VALUE,
        value: fc.integer({ min: 0, max: 8_000_000 }).map((half) => half / 2),
    }),
);

class Process {
    readonly registry: MetricRegistry;
    readonly #counters;
    readonly #gauge;
    readonly #histograms;

    constructor(maxSeries?: number) {
        this.registry = new MetricRegistry(maxSeries);
        this.#counters = this.registry.counters("c", "", ["x", "y"]);
        this.#gauge = this.registry.gauge("g", "");
        this.#histograms = this.registry.histograms("h", "", ["x"]);
    }

    see(event: Event): void {
        switch (event.kind) {
            case "count":
                return this.#counters.of(...event.labels).add(event.by);
            case "hold":
                return this.#gauge.add(event.by);
            case "observe":
                this.#histograms.of(event.label).observe(event.value);
                return;
            default:
                event satisfies never;
        }
    }
}

/** What the ledger makes of what several processes tell at once. */
function sumOf(registries: readonly MetricRegistry[]): Counts {
    const ledger = new Ledger();
    for (const registry of registries) ledger.told({}, structuredClone(registry.changes()));
    return ledger.total();
}

/** Whatever order the series came in. */
function sorted(counts: Counts): unknown {
    return counts.map((family) => ({
        ...family,
        series: family.series.map((one) => JSON.stringify(one)).sort(),
    }));
}

/** Of each metric the sum over its series. */
function totals(counts: Counts): unknown {
    return counts.map(({ name, series }) => [
        name,
        series.reduce<number[]>((sum, [, numbers]) => numbers.map((n, at) => n + (sum[at] ?? 0)), []),
    ]);
}

const EVENTS = fc.array(fc.tuple(fc.nat(3), EVENT), { maxLength: 60 });

describe("what several processes count", () => {
    it("adds up to what one counts that sees everything", () => {
        fc.assert(
            fc.property(EVENTS, (events) => {
                const one = new Process();
                const several = Array.from({ length: 4 }, () => new Process());
                for (const [at, event] of events) {
                    one.see(event);
                    several[at]!.see(event);
                }
                assert.deepEqual(sorted(sumOf(several.map(({ registry }) => registry))), sorted(one.registry.counts()));
            }),
        );
    });

    it("is bounded for each metric, and no number is lost by it", () => {
        fc.assert(
            fc.property(EVENTS, fc.integer({ min: 1, max: 3 }), (events, most) => {
                const one = new Process();
                const several = Array.from({ length: 4 }, () => new Process(most));
                for (const [at, event] of events) {
                    one.see(event);
                    several[at]!.see(event);
                }
                const sum = sumOf(several.map(({ registry }) => registry));
                for (const { series } of sum) assert.ok(series.length <= most + 1);
                assert.deepEqual(totals(sum), totals(one.registry.counts()));
            }),
        );
    });

    it("is the same told whole or by what changed, with workers that come and go", () => {
        const step = fc.oneof(
            { weight: 6, arbitrary: fc.tuple(fc.nat(2), EVENT) },
            { weight: 2, arbitrary: fc.nat(2).map((at) => [at, "tells"] as const) },
            { weight: 2, arbitrary: fc.nat(2).map((at) => [at, "tells some"] as const) },
            { weight: 1, arbitrary: fc.nat(2).map((at) => [at, "dies"] as const) },
        );
        fc.assert(
            fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
                const ledger = new Ledger();
                const all = new Process();
                const workers = Array.from({ length: 3 }, () => new Process());
                const tell = (at: number, most?: number): void =>
                    ledger.told(workers[at]!, structuredClone(workers[at]!.registry.changes(most)));
                for (const [at, what] of steps) {
                    if (what === "tells") tell(at);
                    else if (what === "tells some") tell(at, 2);
                    else if (what === "dies") {
                        tell(at);
                        ledger.gone(workers[at]!);
                        workers[at] = new Process();
                    } else {
                        workers[at]!.see(what);
                        all.see(what);
                    }
                }
                for (const at of workers.keys()) tell(at);
                const counted = (counts: Counts): unknown => sorted(counts.filter(({ kind }) => kind !== "gauge"));
                assert.deepEqual(counted(ledger.total()), counted(all.registry.counts()));
                const held = (counts: Counts): unknown => totals(counts.filter(({ kind }) => kind === "gauge"));
                const present = workers.map(({ registry }) => held(registry.counts()) as [string, number[]][]);
                const sum = present.reduce((total, [[, [n = 0] = []] = ["", []]]) => total + n, 0);
                assert.deepEqual(held(ledger.total()), [["g", [sum]]], "who is gone holds nothing");
                for (const worker of workers) assert.deepEqual(sorted(ledger.of(worker)), sorted(worker.registry.counts()));
            }),
        );
    });
});

/** What a reader takes to be counted: how much each series has grown since it was seen last. */
class Reader {
    readonly #last = new Map<string, number>();
    counted = 0;

    read(counts: Counts): void {
        for (const { name, series } of counts)
            for (const [labels, [n = 0]] of series) {
                const key = `${name} ${labels.join()}`;
                this.counted += n - (this.#last.get(key) ?? 0);
                this.#last.set(key, n);
            }
    }
}

describe("series that are not counted for long", () => {
    const named = (registry: MetricRegistry): string[] =>
        registry.counts().flatMap(({ series }) => series.map(([labels]) => labels.join()));

    it("make room for others, and only where there is none", () => {
        const registry = new MetricRegistry(2, 0);
        const hosts = registry.counters("by_host", "", ["host"]);
        hosts.of("gone").add();
        registry.changes();
        hosts.of("second").add();
        assert.deepEqual(named(registry), ["gone", "second"]);
        hosts.of("third").add();
        assert.deepEqual(named(registry), ["second", "third"], "the second has not been told of yet");
        hosts.of("fourth").add();
        assert.deepEqual(named(registry), ["second", "third", OTHER]);
    });

    it("stay for an hour, whatever comes", () => {
        const registry = new MetricRegistry(1);
        const hosts = registry.counters("by_host", "", ["host"]);
        hosts.of("quiet").add();
        registry.changes();
        hosts.of("loud").add();
        assert.deepEqual(named(registry), ["quiet", OTHER]);
    });

    it("stay while a gauge holds something", () => {
        const registry = new MetricRegistry(2, 0);
        const held = registry.gauges("held", "", ["host"]);
        const [first, second] = [held.of("first"), held.of("second")];
        first.set(1);
        second.set(1);
        registry.changes();
        held.of("third").set(1);
        assert.deepEqual(named(registry), ["first", "second", OTHER]);
        first.set(0);
        second.set(0);
        registry.changes();
        held.of("fourth").set(1);
        assert.deepEqual(named(registry), [OTHER, "fourth"]);
    });

    it("lose nothing: what they had was told, and who counts by them still is counted", () => {
        const step = fc.oneof(
            { weight: 4, arbitrary: fc.tuple(fc.nat(1), fc.nat(5)) },
            { weight: 2, arbitrary: fc.nat(1).map((at) => [at, "kept"] as const) },
            { weight: 2, arbitrary: fc.nat(1).map((at) => [at, "tells"] as const) },
        );
        fc.assert(
            fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
                const ledger = new Ledger();
                const reader = new Reader();
                const workers = Array.from({ length: 2 }, () => {
                    const registry = new MetricRegistry(2, 0);
                    const hosts = registry.counters("by_host", "", ["host"]);
                    return { registry, hosts, held: hosts.of("0") };
                });
                let counted = 0;
                const tell = (at: number): void => {
                    ledger.told(workers[at]!, structuredClone(workers[at]!.registry.changes()));
                    reader.read(ledger.total());
                };
                for (const [at, what] of steps) {
                    const { hosts, held } = workers[at]!;
                    if (what === "tells") tell(at);
                    else {
                        counted++;
                        (what === "kept" ? held : hosts.of(String(what))).add();
                    }
                }
                // What was counted by one that had made room is told the time after.
                for (const at of [0, 1, 0, 1]) tell(at);
                assert.equal(reader.counted, counted);
            }),
        );
    });

    it("take their buckets along", () => {
        const registry = new MetricRegistry(1, 0);
        const times = registry.histograms("h", "", ["x"], [1, 2]);
        const held = times.of("a");
        held.observe(1);
        registry.changes();
        times.of("b").observe(2);
        registry.changes();
        held.observe(5);
        registry.changes();
        assert.deepEqual(registry.counts()[0]!.series, [[["a"], [0, 0, 1, 5]]]);
    });
});

describe("the ledger of what workers counted", () => {
    class Worker {
        readonly registry = new MetricRegistry();
        readonly requests = this.registry.counter("requests", "");
        readonly open = this.registry.gauge("open", "");

        tell(ledger: Ledger, requests: number, open = 0): void {
            this.requests.add(requests);
            this.open.add(open);
            ledger.told(this, this.registry.changes());
        }
    }

    it("keeps what a worker counted that is gone, and none of what it held", () => {
        const ledger = new Ledger();
        const [first, second] = [new Worker(), new Worker()];
        first.tell(ledger, 5, 2);
        ledger.gone(first);
        assert.deepEqual(samplesOf(ledger.total()), [
            ["requests", 5],
            ["open", 0],
        ]);
        second.tell(ledger, 1, 1);
        assert.deepEqual(samplesOf(ledger.total()), [
            ["requests", 6],
            ["open", 1],
        ]);
        second.tell(ledger, 2);
        assert.deepEqual(samplesOf(ledger.total()), [
            ["requests", 8],
            ["open", 1],
        ]);
        ledger.gone(second);
        ledger.gone(second);
        ledger.gone({});
        assert.deepEqual(samplesOf(ledger.total()), [
            ["requests", 8],
            ["open", 0],
        ]);
    });

    it("does not grow with the workers that are gone", () => {
        const ledger = new Ledger();
        for (let worker = 0; worker < 20; worker++) {
            const registry = new MetricRegistry();
            const hosts = registry.counters("by_host", "", ["host"]);
            const held = registry.gauges("held", "", ["host"]);
            for (let at = 0; at < MAX_SERIES; at++) {
                hosts.of(`${worker}-${at}`).add();
                held.of(`${worker}-${at}`).add(1);
            }
            const self = {};
            ledger.told(self, registry.changes());
            ledger.gone(self);
        }
        const [byHost, held] = ledger.total();
        assert.equal(byHost!.series.length, MAX_SERIES + 1);
        assert.equal(
            byHost!.series.reduce((sum, [, [n = 0]]) => sum + n, 0),
            20 * MAX_SERIES,
        );
        assert.deepEqual(byHost!.series.at(-1), [[OTHER], [19 * MAX_SERIES]]);
        assert.equal(held!.series.length, 0);
    });

    it("does not add up what is measured in other buckets", () => {
        const histogram = (bounds: readonly number[]): MetricRegistry => {
            const registry = new MetricRegistry();
            registry.histograms("h", "", [], bounds).of().observe(3);
            return registry;
        };
        assert.deepEqual(
            sumOf([histogram([1, 5]), histogram([2]), histogram([1, 5])]).map(({ series }) => series[0]![1]),
            [
                [0, 2, 0, 6],
                [0, 1, 3],
            ],
        );
    });
});

describe("a registry of metrics", () => {
    it("keeps sets of label values apart whatever stands in them, up to a bound", () => {
        const registry = new MetricRegistry(3);
        const metric = registry.counters("c", "", ["x", "y"]);
        const kept = metric.of("a", "b");
        assert.equal(metric.of("a", "b"), kept);
        assert.notEqual(metric.of("a1:b", ""), metric.of("a", "1:b"));
        const beyond = metric.of("z", "z");
        assert.equal(metric.of("y", "y"), beyond);
        assert.equal(metric.of("a", "b"), kept, "those that are known stay apart");
        assert.deepEqual(
            registry.counts()[0]!.series.map(([labels]) => labels),
            [
                ["a", "b"],
                ["a1:b", ""],
                ["a", "1:b"],
                [OTHER, OTHER],
            ],
        );
    });

    it("refuses a metric that is no good when it is defined or used, by its name", () => {
        const registry = new MetricRegistry();
        registry.counter("twice", "");
        assert.throws(() => registry.gauge("twice", ""), /the metric twice is defined twice/);
        assert.throws(() => registry.histograms("h", "", [], [1, 1]), /h: bounds must rise/);
        assert.throws(() => registry.histograms("h", "", [], [Number.NaN]), /h: bounds must rise/);
        assert.throws(() => registry.counters("c", "", ["x"]).of("a", "b"), /c: got 2 label values, wanted 1/);
    });

    it("tells once what has changed, with all its numbers", () => {
        const registry = new MetricRegistry();
        const counter = registry.counter("c", "");
        let read = 1;
        registry.observed("gauge", "g", "", () => read);
        const histograms = registry.histograms("h", "", ["x"], [1]);
        const told = (): unknown => {
            const { families, series, changed, numbers }: News = registry.changes();
            return [families.map(({ name }) => name), series, [...changed], [...numbers]];
        };
        assert.deepEqual(told(), [
            ["c", "g", "h"],
            [
                [0, []],
                [1, []],
            ],
            [0, 1],
            [0, 1],
        ]);
        assert.deepEqual(told(), [[], [], [], []]);
        counter.add();
        histograms.of("a").observe(0);
        assert.deepEqual(told(), [[], [[2, ["a"]]], [0, 2], [1, 1, 0, 0]]);
        histograms.of("a").observe(5);
        histograms.of("b").observe(1);
        read = 2;
        assert.deepEqual(told(), [[], [[2, ["b"]]], [2, 3, 1], [1, 1, 5, 1, 0, 1, 2]]);
    });

    it("tells nothing any more of a metric that is forgotten, and neither does the ledger", () => {
        const [one, two, ledger] = [new MetricRegistry(), new MetricRegistry(), new Ledger()];
        const tell = (registry: MetricRegistry): void => ledger.told(registry, structuredClone(registry.changes()));
        for (const registry of [one, two]) {
            registry.counters("c", "", ["x"]).of("a").add(2);
            tell(registry);
        }
        const names = (): unknown => ledger.total().map(({ name, labels, series }) => [name, labels, series]);
        one.forget("c");
        const other = one.counters("c", "", ["y"]);
        other.of("b").add();
        tell(one);
        assert.deepEqual(
            names(),
            [
                ["c", ["x"], [[["a"], [4]]]],
                ["c", ["y"], [[["b"], [1]]]],
            ],
            "as long as one counts it, nothing goes back",
        );
        two.forget("c");
        tell(two);
        assert.deepEqual(names(), [["c", ["y"], [[["b"], [1]]]]]);
        other.of("b").add();
        tell(one);
        assert.deepEqual(names(), [["c", ["y"], [[["b"], [2]]]]]);
    });
});

describe("a histogram", () => {
    it("counts a value in the first bucket whose bound is not below it", () => {
        fc.assert(
            fc.property(
                fc.array(fc.oneof(fc.constantFrom(...DEFAULT_BOUNDS), fc.integer({ min: -5, max: 8_000_000 })), { maxLength: 30 }),
                (values) => {
                    const histogram = new Histogram(DEFAULT_BOUNDS);
                    for (const value of values) histogram.observe(value);
                    const written = new Float64Array(DEFAULT_BOUNDS.length + 2);
                    histogram.write(written, 0);
                    const numbers = [...written];
                    const hits = [...DEFAULT_BOUNDS, Infinity].map(
                        (bound, at, bounds) => values.filter((value) => value <= bound && (at === 0 || value > bounds[at - 1]!)).length,
                    );
                    assert.deepEqual(numbers.slice(0, -1), hits);
                    assert.ok(Math.abs(numbers.at(-1)! - values.reduce((sum, value) => sum + value, 0)) < 1e-6);
                },
            ),
        );
    });
});

describe("samples", () => {
    it("are named as Prometheus' text format has it, with cumulative buckets", () => {
        const registry = new MetricRegistry();
        registry.counter("plain", "").add(2);
        registry.counters("with", "", ["host", "code"]).of('a"\\\nb', "200").add();
        const histograms = registry.histograms("h", "", ["x"], [0.5, 10]);
        for (const value of [0.5, 0.6, 10, 11]) histograms.of("v").observe(value);
        assert.deepEqual(samplesOf(registry.counts()), [
            ["plain", 2],
            ['with{host="a\\"\\\\\\nb",code="200"}', 1],
            ['h_bucket{x="v",le="0.5"}', 1],
            ['h_bucket{x="v",le="10"}', 3],
            ['h_bucket{x="v",le="+Inf"}', 4],
            ['h_sum{x="v"}', 22.1],
            ['h_count{x="v"}', 4],
        ]);
    });
});
