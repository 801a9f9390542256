/** What counts: objects that hold nothing but their numbers. Hot path: an event is an addition. */

export interface Instrument {
    /** As a series has them. */
    numbers(): number[];
}

/** Never goes down. */
export class Counter implements Instrument {
    #value = 0;

    get value(): number {
        return this.#value;
    }

    add(by = 1): void {
        this.#value += by;
    }

    numbers(): number[] {
        return [this.#value];
    }
}

export class Gauge implements Instrument {
    #value = 0;

    get value(): number {
        return this.#value;
    }

    add(by: number): void {
        this.#value += by;
    }

    numbers(): number[] {
        return [this.#value];
    }
}

/** A counter or gauge that somebody else keeps, read when it is asked for. */
export class Observed implements Instrument {
    readonly #read: () => number;

    constructor(read: () => number) {
        this.#read = read;
    }

    numbers(): number[] {
        return [this.#read()];
    }
}

export class Histogram implements Instrument {
    readonly #bounds: readonly number[];
    /** One more than there are bounds. */
    readonly #hits: number[];
    #sum = 0;

    constructor(bounds: readonly number[]) {
        this.#bounds = bounds;
        this.#hits = Array.from({ length: bounds.length + 1 }, () => 0);
    }

    observe(value: number): void {
        const bounds = this.#bounds;
        let low = 0;
        let high = bounds.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (value <= bounds[middle]!) high = middle;
            else low = middle + 1;
        }
        this.#hits[low]!++;
        this.#sum += value;
    }

    numbers(): number[] {
        return [...this.#hits, this.#sum];
    }
}

/**
 * The bounds of a histogram's buckets where nobody says others, in its own unit, as milliseconds. Envoy's
 * (HistogramSettingsImpl::defaultBuckets), which Istio leaves as they are but for `sidecar.istio.io/statsHistogramBuckets`.
 */
export const DEFAULT_BOUNDS: readonly number[] = [
    0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
];
