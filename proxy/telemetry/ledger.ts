/**
 * What all workers have counted, those that are gone too: a counter that goes back when a worker is replaced would say that
 * less was served than was. Of each worker the newest numbers are known that it told.
 */
import { seriesKey, shapeKey, type MetricFamily, type Series, type Counts } from "./metric";
import { MAX_SERIES } from "./registry";
import { sumOf } from "./sum";

/** By shape and label values. */
type Known = Map<string, { readonly family: MetricFamily; readonly series: Map<string, Series> }>;

export class Ledger {
    /** Of workers that are gone. */
    #past: Counts = [];
    readonly #present = new Map<object, Known>();

    /** `news` take the place of what the worker told of the same series before. */
    told(worker: object, news: Counts): void {
        const known: Known = this.#present.get(worker) ?? new Map();
        this.#present.set(worker, known);
        for (const family of news) {
            const key = shapeKey(family);
            const place = known.get(key) ?? { family, series: new Map<string, Series>() };
            known.set(key, place);
            for (const one of family.series) place.series.set(seriesKey(one[0]), one);
        }
    }

    /** It counts no more, and what it held is no longer held. */
    gone(worker: object): void {
        const known = this.#present.get(worker);
        if (!known) return;
        this.#present.delete(worker);
        this.#past = sumOf([this.#past, countsOf(known).map(withoutHeld)], MAX_SERIES);
    }

    total(): Counts {
        return sumOf([...[...this.#present.values()].map(countsOf), this.#past]);
    }
}

function countsOf(known: Known): Counts {
    return [...known.values()].map(({ family, series }) => ({ ...family, series: [...series.values()] }));
}

/** A gauge without labels is told as 0, not as unknown. */
function withoutHeld(family: MetricFamily): MetricFamily {
    if (family.kind !== "gauge") return family;
    return { ...family, series: family.labels.length === 0 ? [[[], [0]]] : [] };
}
