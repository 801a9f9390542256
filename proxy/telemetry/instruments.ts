/**
 * What counts: objects that hold nothing but their numbers, and are entered in a list when these change for the first time
 * since somebody was told of them. Hot path: an event is an addition.
 */

export abstract class Instrument {
    readonly #changes: Instrument[];
    #isEntered = false;
    /** Of its series, once it was told of; -1: not yet. */
    number = -1;
    /** When it was told of last, on the clock of `performance.now()`. */
    #toldAt = 0;

    constructor(changes: Instrument[] = []) {
        this.#changes = changes;
    }

    /** Writes its numbers, as a series has them. */
    abstract write(numbers: Float64Array, at: number): void;

    /** Takes over what another one has counted. */
    abstract absorb(numbers: Float64Array): void;

    /** As it was made. */
    abstract clear(): void;

    /** Nobody misses it: it has told everything, has not changed since so long ago, and holds nothing. */
    restsSince(time: number): boolean {
        return !this.#isEntered && this.number >= 0 && this.#toldAt <= time;
    }

    protected enter(): void {
        if (this.#isEntered) return;
        this.#isEntered = true;
        this.#changes.push(this);
    }

    /** Its numbers are known: the next change is news. */
    told(now: number): void {
        this.#isEntered = false;
        this.#toldAt = now;
    }
}

/** Never goes down. */
export class Counter extends Instrument {
    #value = 0;

    constructor(changes?: Instrument[]) {
        super(changes);
        this.enter();
    }

    get value(): number {
        return this.#value;
    }

    add(by = 1): void {
        this.#value += by;
        this.enter();
    }

    write(numbers: Float64Array, at: number): void {
        numbers[at] = this.#value;
    }

    absorb(numbers: Float64Array): void {
        this.add(numbers[0]);
    }

    clear(): void {
        this.#value = 0;
    }
}

export class Gauge extends Instrument {
    #value = 0;

    constructor(changes?: Instrument[]) {
        super(changes);
        this.enter();
    }

    get value(): number {
        return this.#value;
    }

    add(by: number): void {
        this.#value += by;
        this.enter();
    }

    set(value: number): void {
        if (value === this.#value) return;
        this.#value = value;
        this.enter();
    }

    write(numbers: Float64Array, at: number): void {
        numbers[at] = this.#value;
    }

    absorb(numbers: Float64Array): void {
        this.add(numbers[0]!);
    }

    clear(): void {
        this.#value = 0;
    }

    override restsSince(time: number): boolean {
        return this.#value === 0 && super.restsSince(time);
    }
}

/** A counter or gauge that somebody else keeps, read when it is asked for. */
export class Observed extends Instrument {
    readonly #read: () => number;
    #last = Number.NaN;

    constructor(read: () => number, changes?: Instrument[]) {
        super(changes);
        this.#read = read;
    }

    look(): void {
        const now = this.#read();
        if (now === this.#last) return;
        this.#last = now;
        this.enter();
    }

    write(numbers: Float64Array, at: number): void {
        numbers[at] = this.#last;
    }

    /** There are always as many. */
    override restsSince(): boolean {
        return false;
    }

    absorb(): void {}

    clear(): void {}
}

export class Histogram extends Instrument {
    readonly #bounds: readonly number[];
    /** One more than there are bounds. */
    readonly #hits: number[];
    #sum = 0;
    /** By bucket, the last request that was shown since somebody was told; undefined: none. */
    #shown: (ShownRequest | undefined)[] | undefined = undefined;

    constructor(bounds: readonly number[], changes?: Instrument[]) {
        super(changes);
        this.#bounds = bounds;
        this.#hits = Array.from({ length: bounds.length + 1 }, () => 0);
        this.enter();
    }

    /** The bucket that was hit. */
    observe(value: number): number {
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
        this.enter();
        return low;
    }

    /** Nothing is shown for the bucket since somebody was told: an exemplar a bucket and a round is enough. */
    wantsExemplar(bucket: number): boolean {
        return this.#shown?.[bucket] === undefined;
    }

    show(bucket: number, traceId: string, value: number, time: number): void {
        (this.#shown ??= [])[bucket] = { traceId, value, time };
    }

    takeShown(): readonly (ShownRequest | undefined)[] | undefined {
        const shown = this.#shown;
        this.#shown = undefined;
        return shown;
    }

    write(numbers: Float64Array, at: number): void {
        const hits = this.#hits;
        for (let bucket = 0; bucket < hits.length; bucket++) numbers[at + bucket] = hits[bucket]!;
        numbers[at + hits.length] = this.#sum;
    }

    absorb(numbers: Float64Array): void {
        const hits = this.#hits;
        for (let bucket = 0; bucket < hits.length; bucket++) hits[bucket]! += numbers[bucket]!;
        this.#sum += numbers[hits.length]!;
        this.enter();
    }

    clear(): void {
        this.#hits.fill(0);
        this.#sum = 0;
        this.#shown = undefined;
    }
}

export interface ShownRequest {
    readonly traceId: string;
    readonly value: number;
    /** Milliseconds since the epoch. */
    readonly time: number;
}

/**
 * The bounds of a histogram's buckets where nobody says others, in its own unit, as milliseconds. Envoy's
 * (HistogramSettingsImpl::defaultBuckets), which Istio leaves as they are but for `sidecar.istio.io/statsHistogramBuckets`.
 */
export const DEFAULT_BOUNDS: readonly number[] = [
    0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
];
