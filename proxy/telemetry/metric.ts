/** What a metric is, and what is said of it between processes: plain data that can be added up. */

export type MetricKind = "counter" | "gauge" | "histogram";

export interface MetricShape {
    readonly name: string;
    readonly kind: MetricKind;
    /** Names of labels; the values of each series stand in this order. */
    readonly labels: readonly string[];
    /** Of a histogram: the upper bounds of its buckets, rising and each included; behind the last one comes a bucket without a bound. */
    readonly bounds: readonly number[];
}

export interface MetricDefinition extends MetricShape {
    readonly help: string;
    /** Sets of label values that are kept apart; all others are counted together. */
    readonly maxSeries: number;
}

/**
 * The numbers of one set of label values. A counter and a gauge have one; a histogram has how often each bucket was hit (it
 * alone, not those below it too), and last the sum of what was observed. So all kinds are added up place by place.
 */
export type Series = readonly [labels: readonly string[], numbers: readonly number[]];

export interface MetricFamily extends MetricShape {
    readonly series: readonly Series[];
}

/** In the order in which the metrics were defined. */
export type Counts = readonly MetricFamily[];

/**
 * What a process has counted since it said so last. Families and series are named once, in the order of their numbers, and
 * known by these from then on: what is said costs what has changed.
 */
export interface News {
    readonly families: readonly MetricDefinition[];
    readonly series: readonly (readonly [family: number, labels: readonly string[]])[];
    /** Families that are not counted any more. */
    readonly forgotten: readonly number[];
    /** Series that made room for others, by number. What they had counted was told. */
    readonly evicted: readonly number[];
    /** Series that have changed, by number. */
    readonly changed: Uint32Array;
    /** All numbers of each of them, one series behind the other. */
    readonly numbers: Float64Array;
    readonly exemplars: readonly Exemplar[];
}

/** One request of those that a bucket has counted, by its trace. */
export interface Exemplar {
    /** Of the histogram, by number. */
    readonly series: number;
    readonly bucket: number;
    readonly traceId: string;
    readonly value: number;
    /** Milliseconds since the epoch. */
    readonly time: number;
}

/** How many numbers a series has. */
export function widthOf({ kind, bounds }: MetricShape): number {
    return kind === "histogram" ? bounds.length + 2 : 1;
}

/** Under it two sets of label values are one only if all their values are the same, whatever stands in them. */
export function seriesKey(labels: readonly string[]): string {
    let key = "";
    for (const label of labels) key += `${label.length}:${label}`;
    return key;
}

/** Two versions of one metric can be added up where this is the same. */
export function shapeKey({ name, kind, labels, bounds }: MetricShape): string {
    return `${name} ${kind} ${seriesKey(labels)} ${bounds.join()}`;
}
