/**
 * The metrics of one process. Each is defined once, by name, and what it counts with is kept by whoever counts. Label values
 * can come from strangers: of each metric so many sets of them are kept apart, and all others are counted together, so that
 * no number is lost and no stranger fills the memory.
 */
import { Counter, DEFAULT_BOUNDS, Gauge, Histogram, Observed, type Instrument } from "./instruments";
import { seriesKey, type MetricFamily, type MetricDefinition, type Series, type Counts } from "./metric";

/** Sets of label values of one metric that are kept apart. */
export const MAX_SERIES = 1_000;
/** The value of every label of what is counted together. */
export const OTHER = "other";

interface Kept<Kind extends Instrument> {
    readonly labels: readonly string[];
    readonly instrument: Kind;
    /** What was said of it last by `changes`. */
    told: readonly number[];
}

/** A metric with labels: an instrument for each set of their values. */
export class Labelled<Kind extends Instrument> {
    readonly definition: MetricDefinition;
    readonly #make: () => Kind;
    readonly #maxSeries: number;
    readonly #kept = new Map<string, Kept<Kind>>();

    constructor(definition: MetricDefinition, make: () => Kind, maxSeries: number) {
        this.definition = definition;
        this.#make = make;
        this.#maxSeries = maxSeries;
    }

    /** Always the same one for the same values, as many as there are labels. May be kept. */
    of(...values: readonly string[]): Kind {
        const { name, labels } = this.definition;
        if (values.length !== labels.length) throw new Error(`${name}: got ${values.length} label values, wanted ${labels.length}`);
        const key = seriesKey(values);
        const known = this.#kept.get(key);
        if (known) return known.instrument;
        if (this.#kept.size < this.#maxSeries) return this.#keep(key, values);
        const others = labels.map(() => OTHER);
        const together = seriesKey(others);
        return this.#kept.get(together)?.instrument ?? this.#keep(together, others);
    }

    get kept(): Iterable<Kept<Instrument>> {
        return this.#kept.values();
    }

    #keep(key: string, labels: readonly string[]): Kind {
        const instrument = this.#make();
        this.#kept.set(key, { labels, instrument, told: [] });
        return instrument;
    }
}

/** A metric that somebody else keeps the numbers of. */
export interface ObservedSeries {
    readonly kind: "counter" | "gauge";
    readonly name: string;
    readonly help: string;
    readonly labels: readonly string[];
    readonly series: readonly (readonly [values: readonly string[], read: () => number])[];
}

export class MetricRegistry {
    readonly #maxSeries: number;
    readonly #metrics = new Map<string, Labelled<Instrument>>();
    #isTold = false;

    constructor(maxSeries = MAX_SERIES) {
        this.#maxSeries = maxSeries;
    }

    get definitions(): readonly MetricDefinition[] {
        return [...this.#metrics.values()].map((one) => one.definition);
    }

    counter(name: string, help: string): Counter {
        return this.counters(name, help, []).of();
    }

    counters(name: string, help: string, labels: readonly string[]): Labelled<Counter> {
        return this.#define({ name, kind: "counter", help, labels, bounds: [] }, () => new Counter());
    }

    gauge(name: string, help: string): Gauge {
        return this.gauges(name, help, []).of();
    }

    gauges(name: string, help: string, labels: readonly string[]): Labelled<Gauge> {
        return this.#define({ name, kind: "gauge", help, labels, bounds: [] }, () => new Gauge());
    }

    /** Kept by somebody else. */
    observed(kind: "counter" | "gauge", name: string, help: string, read: () => number): void {
        this.#define({ name, kind, help, labels: [], bounds: [] }, () => new Observed(read)).of();
    }

    /** The same of several series, of which there are always as many. */
    observedSeries({ kind, name, help, labels, series }: ObservedSeries): void {
        let reader: () => number;
        const metric = this.#define({ name, kind, help, labels, bounds: [] }, () => new Observed(reader));
        for (const [values, read] of series) {
            reader = read;
            metric.of(...values);
        }
    }

    histograms(name: string, help: string, labels: readonly string[], bounds = DEFAULT_BOUNDS): Labelled<Histogram> {
        if (bounds.some((bound, at) => !(bound > (bounds[at - 1] ?? -Infinity)))) throw new Error(`${name}: bounds must rise`);
        return this.#define({ name, kind: "histogram", help, labels, bounds }, () => new Histogram(bounds));
    }

    counts(): Counts {
        return this.#families(({ labels, instrument }) => [labels, instrument.numbers()]);
    }

    /**
     * Those series that are new or other than at the last call, with all their numbers: to be put in the place of the old
     * ones. The first call has every metric, so that their order is known.
     */
    changes(): Counts {
        const families = this.#families((kept) => {
            const numbers = kept.instrument.numbers();
            if (numbers.length === kept.told.length && numbers.every((number, at) => number === kept.told[at])) return undefined;
            kept.told = numbers;
            return [kept.labels, numbers];
        });
        const isFirst = !this.#isTold;
        this.#isTold = true;
        return families.filter((family) => isFirst || family.series.length > 0);
    }

    #families(say: (kept: Kept<Instrument>) => Series | undefined): MetricFamily[] {
        return [...this.#metrics.values()].map(({ definition: { name, kind, labels, bounds }, kept }) => {
            const series: Series[] = [];
            for (const one of kept) {
                const said = say(one);
                if (said) series.push(said);
            }
            return { name, kind, labels, bounds, series };
        });
    }

    #define<Kind extends Instrument>(definition: MetricDefinition, make: () => Kind): Labelled<Kind> {
        const { name } = definition;
        if (this.#metrics.has(name)) throw new Error(`the metric ${name} is defined twice`);
        const metric = new Labelled(definition, make, this.#maxSeries);
        this.#metrics.set(name, metric);
        return metric;
    }
}
