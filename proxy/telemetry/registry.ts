/**
 * The metrics of one process. Each is defined once, by name, and what it counts with is kept by whoever counts. Label values
 * can come from strangers: of each metric so many sets of them are kept apart, and all others are counted together, so that
 * no number is lost and no stranger fills the memory.
 */
import { Counter, DEFAULT_BOUNDS, Gauge, Histogram, Observed, type Instrument } from "./instruments";
import { IDLE_MS, Labelled, type KeptSeries } from "./labelled";
import { widthOf, type Counts, type Exemplar, type MetricDefinition, type News, type Series } from "./metric";

/** Sets of label values of one metric that are kept apart, where nobody says how many. */
export const MAX_SERIES = 1_000;
/** The same of what is named after objects: as many rules, clusters, Secrets and policies as one proxy serves. */
export const MAX_NAMED = 20_000;

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
    readonly #kept = new Map<Instrument, KeptSeries<Instrument>>();
    /** Those that made room for others, as long as somebody may still count by them. */
    readonly #left = new WeakMap<Instrument, KeptSeries<Instrument>>();
    readonly #idleMs: number;
    readonly #observed = new Set<Observed>();
    /** Since somebody was told. */
    #changes: Instrument[] = [];
    #defined: Labelled<Instrument>[] = [];
    #forgotten: number[] = [];
    #evicted: number[] = [];
    #families = 0;
    #series = 0;
    /** How many entries of the list of changes were told of since the beginning. */
    #told = 0;

    /** `idleMs`: what was not counted for so long makes room where there is none. */
    constructor(maxSeries = MAX_SERIES, idleMs = IDLE_MS) {
        this.#maxSeries = maxSeries;
        this.#idleMs = idleMs;
    }

    get definitions(): readonly MetricDefinition[] {
        return [...this.#metrics.values()].map((one) => one.definition);
    }

    counter(name: string, help: string): Counter {
        return this.counters(name, help, []).of();
    }

    counters(name: string, help: string, labels: readonly string[], maxSeries?: number): Labelled<Counter> {
        return this.#define({ name, kind: "counter", help, labels, bounds: [] }, () => new Counter(this.#changes), maxSeries);
    }

    gauge(name: string, help: string): Gauge {
        return this.gauges(name, help, []).of();
    }

    gauges(name: string, help: string, labels: readonly string[], maxSeries?: number): Labelled<Gauge> {
        return this.#define({ name, kind: "gauge", help, labels, bounds: [] }, () => new Gauge(this.#changes), maxSeries);
    }

    /** Kept by somebody else. */
    observed(kind: "counter" | "gauge", name: string, help: string, read: () => number): void {
        this.observedSeries({ kind, name, help, labels: [], series: [[[], read]] });
    }

    /** The same of several series, of which there are always as many. */
    observedSeries({ kind, name, help, labels, series }: ObservedSeries): void {
        let reader: () => number;
        const metric = this.#define({ name, kind, help, labels, bounds: [] }, () => new Observed(reader, this.#changes));
        for (const [values, read] of series) {
            reader = read;
            this.#observed.add(metric.of(...values));
        }
    }

    histograms(name: string, help: string, labels: readonly string[], bounds = DEFAULT_BOUNDS, maxSeries?: number): Labelled<Histogram> {
        if (bounds.some((bound, at) => !(bound > (bounds[at - 1] ?? -Infinity)))) throw new Error(`${name}: bounds must rise`);
        return this.#define({ name, kind: "histogram", help, labels, bounds }, () => new Histogram(bounds, this.#changes), maxSeries);
    }

    /** It is counted no more, and its name is free. */
    forget(name: string): void {
        const metric = this.#metrics.get(name);
        if (!metric) return;
        this.#metrics.delete(name);
        for (const { instrument } of metric.kept) {
            this.#kept.delete(instrument);
            if (instrument instanceof Observed) this.#observed.delete(instrument);
        }
        if (metric.number >= 0) this.#forgotten.push(metric.number);
        this.#defined = this.#defined.filter((one) => one !== metric);
    }

    /** All of it, for whoever asks in this process. */
    counts(): Counts {
        this.look();
        return [...this.#metrics.values()].map(({ definition, kept }) => {
            const { name, kind, labels, bounds } = definition;
            const series = [...kept].map((one): Series => {
                const numbers = new Float64Array(widthOf(definition));
                one.instrument.write(numbers, 0);
                return [one.labels, [...numbers]];
            });
            return { name, kind, labels, bounds, series };
        });
    }

    /** Everything that was counted until now is told of once `told` has come to this. */
    get entered(): number {
        return this.#told + this.#changes.length;
    }

    get told(): number {
        return this.#told;
    }

    /** Reads what others keep, so that it is told of next. */
    look(): void {
        for (const one of this.#observed) one.look();
    }

    /**
     * What is new or other than at the last call; the first call names every metric, so that their order is known. With `most`
     * it is of so many series, those that changed first, and the next call goes on there.
     */
    changes(most?: number): News {
        if (most === undefined) this.look();
        for (const metric of this.#defined) metric.number = this.#families++;
        const families = this.#defined.map((one) => one.definition);
        this.#defined = [];
        const series: [number, readonly string[]][] = [];
        const exemplars: Exemplar[] = [];
        const taken = this.#changes.splice(0, most ?? this.#changes.length);
        this.#told += taken.length;
        const now = performance.now();
        for (const one of taken) if (!this.#kept.has(one)) this.#passOn(one, now);
        const entered = taken.filter((one) => this.#kept.has(one));
        const width = entered.reduce((sum, one) => sum + widthOf(this.#kept.get(one)!.family.definition), 0);
        const changed = new Uint32Array(entered.length);
        const numbers = new Float64Array(width);
        let at = 0;
        for (let index = 0; index < entered.length; index++) {
            const instrument = entered[index]!;
            const { family, labels } = this.#kept.get(instrument)!;
            if (instrument.number < 0) {
                instrument.number = this.#series++;
                series.push([family.number, labels]);
            }
            changed[index] = instrument.number;
            instrument.write(numbers, at);
            at += widthOf(family.definition);
            instrument.told(now);
            if (instrument instanceof Histogram) addShown(exemplars, instrument);
        }
        return { families, series, forgotten: this.#forgotten.splice(0), evicted: this.#evicted.splice(0), changed, numbers, exemplars };
    }

    #leave(kept: KeptSeries<Instrument>): void {
        const { instrument } = kept;
        this.#kept.delete(instrument);
        this.#left.set(instrument, kept);
        this.#evicted.push(instrument.number);
        instrument.number = -1;
        instrument.clear();
    }

    /** Somebody still counts by it: that is counted by what has its labels now. */
    #passOn(instrument: Instrument, now: number): void {
        const left = this.#left.get(instrument);
        const metric = left && this.#metrics.get(left.family.definition.name);
        if (metric === undefined || metric !== left?.family) return;
        const numbers = new Float64Array(widthOf(metric.definition));
        instrument.write(numbers, 0);
        instrument.clear();
        instrument.told(now);
        metric.of(...left.labels).absorb(numbers);
    }

    #define<Kind extends Instrument>(
        given: Omit<MetricDefinition, "maxSeries">,
        make: () => Kind,
        maxSeries = this.#maxSeries,
    ): Labelled<Kind> {
        const { name } = given;
        if (this.#metrics.has(name)) throw new Error(`the metric ${name} is defined twice`);
        const metric = new Labelled({ ...given, maxSeries }, make, this.#idleMs, {
            kept: (kept) => void this.#kept.set(kept.instrument, kept),
            left: (kept) => this.#leave(kept),
        });
        this.#metrics.set(name, metric);
        this.#defined.push(metric);
        return metric;
    }
}

function addShown(exemplars: Exemplar[], histogram: Histogram): void {
    const shown = histogram.takeShown();
    if (shown === undefined) return;
    for (const [bucket, one] of shown.entries()) if (one) exemplars.push({ series: histogram.number, bucket, ...one });
}
