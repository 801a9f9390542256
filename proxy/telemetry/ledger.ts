/**
 * What all workers have counted, those that are gone too: a counter that goes back when a worker is replaced would say that
 * less was served than was. Of each worker the newest numbers are known that it told; a round costs what has changed.
 */
import { seriesKey, shapeKey, widthOf, type Counts, type MetricDefinition, type MetricFamily, type News, type Series } from "./metric";
import type { ShownRequest } from "./instruments";
import { IDLE_MS, LOOK_MS, OTHER } from "./labelled";

export interface LedgerSeries {
    readonly labels: readonly string[];
    /** Over all workers. */
    readonly numbers: Float64Array;
    /** By bucket; absent: nobody has shown a request. */
    exemplars?: (ShownRequest | undefined)[];
    /** Of the workers that are there, how many count it. */
    holders: number;
    /** When it was told of last, on the clock of `performance.now()`. */
    toldAt: number;
    /** What whoever writes it out remembers of it. */
    text?: string;
}

export interface LedgerFamily {
    readonly definition: MetricDefinition;
    readonly series: ReadonlyMap<string, LedgerSeries>;
}

interface Family extends LedgerFamily {
    readonly key: string;
    readonly series: Map<string, LedgerSeries>;
    /** Those that made room for others. */
    readonly departed: Map<string, LedgerSeries>;
    /** Workers that are there and count it. */
    holders: number;
    /** When it was last gone through for what may go. */
    lookedAt: number;
}

/** What one worker told last, by its own numbers. */
interface Told {
    readonly families: (Family | undefined)[];
    /** Undefined: of a family that is counted no more. */
    readonly series: (ToldSeries | undefined)[];
}

interface ToldSeries {
    readonly family: Family;
    readonly key: string;
    readonly sum: LedgerSeries;
    readonly labels: readonly string[];
    readonly last: Float64Array;
}

/** Of each metric so many at least are known again that made room for others. */
const LEAST_DEPARTED = 1_000;

export class Ledger {
    readonly #families = new Map<string, Family>();
    readonly #workers = new Map<object, Told>();

    /** Families and series stand in the order in which they were told of first. */
    get families(): readonly LedgerFamily[] {
        return [...this.#families.values()];
    }

    told(worker: object, news: News): void {
        const known = this.#workers.get(worker) ?? { families: [], series: [] };
        this.#workers.set(worker, known);
        // What was told of before is forgotten before a metric of the same shape begins anew.
        for (const number of news.forgotten) this.#forget(known, number);
        for (const number of news.evicted) evict(known, number);
        for (const definition of news.families) known.families.push(this.#family(definition));
        for (const [number, labels] of news.series) {
            const family = known.families[number];
            if (!family) return missing();
            const last = new Float64Array(widthOf(family.definition));
            known.series.push({ family, labels, last, ...seriesOf(family, labels) });
        }
        let at = 0;
        const now = performance.now();
        for (const number of news.changed) {
            const { last, sum } = known.series[number] ?? missing();
            sum.toldAt = now;
            for (let place = 0; place < last.length; place++, at++) {
                sum.numbers[place]! += news.numbers[at]! - last[place]!;
                last[place] = news.numbers[at]!;
            }
        }
        for (const { series, bucket, traceId, value, time } of news.exemplars)
            ((known.series[series] ?? missing()).sum.exemplars ??= [])[bucket] = { traceId, value, time };
    }

    /** It counts no more, and what it held is no longer held. */
    gone(worker: object): void {
        const known = this.#workers.get(worker);
        if (!known) return;
        this.#workers.delete(worker);
        for (const family of known.families) if (family) family.holders--;
        for (const one of known.series) if (one) release(one);
    }

    total(): Counts {
        return [...this.#families.values()].map(({ definition, series }) =>
            familyOf(
                definition,
                [...series.values()].map(({ labels, numbers }): Series => [labels, [...numbers]]),
            ),
        );
    }

    /** What one of them has told. */
    of(worker: object): Counts {
        const known = this.#workers.get(worker);
        if (!known) return [];
        const series = new Map(known.families.flatMap((family) => (family ? [[family, [] as Series[]] as const] : [])));
        for (const one of known.series) if (one) series.get(one.family)?.push([one.labels, [...one.last]]);
        return [...series].map(([{ definition }, all]) => familyOf(definition, all));
    }

    #family(definition: MetricDefinition): Family {
        const key = shapeKey(definition);
        // What only workers that are gone have counted, before another configuration: it would stand there for ever.
        for (const one of this.#families.values())
            if (one.key !== key && one.holders === 0 && one.definition.name === definition.name) this.#families.delete(one.key);
        const family = this.#families.get(key) ?? {
            key,
            definition,
            series: new Map<string, LedgerSeries>(),
            departed: new Map<string, LedgerSeries>(),
            holders: 0,
            lookedAt: -Infinity,
        };
        this.#families.set(key, family);
        family.holders++;
        return family;
    }

    /** What nobody counts any more is not told of: another configuration wants it otherwise. */
    #forget(known: Told, number: number): void {
        const family = known.families[number];
        if (!family) return;
        known.families[number] = undefined;
        family.holders--;
        for (const [at, one] of known.series.entries()) {
            if (one?.family !== family) continue;
            release(one);
            known.series[at] = undefined;
        }
        if (family.holders === 0 && this.#families.get(family.key) === family) this.#families.delete(family.key);
    }
}

/** What nobody counts any more is not told of; should it come back, it goes on from where it was. */
function evict(known: Told, number: number): void {
    const one = known.series[number];
    if (one === undefined) return;
    known.series[number] = undefined;
    release(one);
    const { sum, family, key } = one;
    if (sum.holders === 0 && family.series.get(key) === sum) depart(family, key, sum);
}

function depart({ definition, series, departed }: Family, key: string, sum: LedgerSeries): void {
    series.delete(key);
    departed.set(key, sum);
    if (departed.size <= Math.max(definition.maxSeries, LEAST_DEPARTED)) return;
    for (const oldest of departed.keys()) return void departed.delete(oldest);
}

/** What only workers that are gone have counted, and long ago, makes room for what is counted now. */
function makeRoom(family: Family): void {
    const now = performance.now();
    if (now - family.lookedAt < LOOK_MS) return;
    family.lookedAt = now;
    for (const [key, sum] of family.series) if (sum.holders === 0 && sum.toldAt <= now - IDLE_MS) depart(family, key, sum);
}

/** Its worker counts it no more: what it counted stays, what it held does not. */
function release({ family, key, sum, last }: ToldSeries): void {
    sum.holders--;
    if (family.definition.kind !== "gauge") return;
    sum.numbers[0]! -= last[0]!;
    // Without labels it is told as 0, not as unknown.
    if (sum.holders === 0 && sum.labels.length > 0 && family.series.get(key) === sum) family.series.delete(key);
}

function missing(): never {
    throw new Error("a worker told numbers of no series that it has named");
}

/** The sum that a worker's series is a part of: of its own labels, or of all that are too many. */
function seriesOf(family: Family, labels: readonly string[]): { key: string; sum: LedgerSeries } {
    const { definition, series, departed } = family;
    const own = seriesKey(labels);
    if (series.size >= definition.maxSeries && !series.has(own)) makeRoom(family);
    const isKept = series.has(own) || series.size < definition.maxSeries;
    const kept = isKept ? labels : labels.map(() => OTHER);
    const key = isKept ? own : seriesKey(kept);
    const sum: LedgerSeries = series.get(key) ??
        departed.get(key) ?? { labels: kept, numbers: new Float64Array(widthOf(definition)), holders: 0, toldAt: 0 };
    departed.delete(key);
    series.set(key, sum);
    sum.holders++;
    return { key, sum };
}

function familyOf({ name, kind, labels, bounds }: MetricDefinition, series: readonly Series[]): MetricFamily {
    return { name, kind, labels, bounds, series };
}
