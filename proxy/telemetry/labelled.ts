/**
 * A metric with labels. So many sets of their values are kept apart; where there is no room for one more, those that were not
 * counted for long make it: hosts and routes that are gone, and what strangers made up. What is counted meanwhile is counted together.
 */
import type { Instrument } from "./instruments";
import { clearValue, isClear, ownText } from "./label-value";
import { seriesKey, type MetricDefinition } from "./metric";

/** The value of every label of what is counted together. */
export const OTHER = "other";
/** Whoever reads once in a while has read it by then, and a route that is asked for once an hour stays. */
export const IDLE_MS = 3_600_000;
/** A look goes through all of them: not for every stranger. */
export const LOOK_MS = 60_000;

export interface KeptSeries<Kind extends Instrument> {
    readonly labels: readonly string[];
    readonly instrument: Kind;
    readonly family: TellableFamily;
}

/** What is told of a metric apart from its series. */
export interface TellableFamily {
    readonly definition: MetricDefinition;
    /** Among those that were told of; -1: not yet. */
    number: number;
}

/** Hears which series there are. */
export interface KeptListener {
    kept(kept: KeptSeries<Instrument>): void;
    left(kept: KeptSeries<Instrument>): void;
}

/** An instrument for each set of values. */
export class Labelled<Kind extends Instrument> implements TellableFamily {
    readonly definition: MetricDefinition;
    readonly #make: () => Kind;
    readonly #idleMs: number;
    readonly #listener: KeptListener;
    readonly #kept = new Map<string, KeptSeries<Kind>>();
    #lookedAt = -Infinity;
    number = -1;

    constructor(definition: MetricDefinition, make: () => Kind, idleMs: number, listener: KeptListener) {
        this.definition = definition;
        this.#make = make;
        this.#idleMs = idleMs;
        this.#listener = listener;
    }

    /** Always the same one for the same values, as many as there are labels, while it is counted by. May be kept. */
    of(...values: readonly string[]): Kind {
        const { name, labels, maxSeries } = this.definition;
        if (values.length !== labels.length) throw new Error(`${name}: got ${values.length} label values, wanted ${labels.length}`);
        const key = seriesKey(values);
        const known = this.#kept.get(key);
        if (known) return known.instrument;
        if (!values.every(isClear)) return this.of(...values.map(clearValue));
        if (this.#kept.size < maxSeries || this.#makesRoom()) return this.#keep(ownText(key), values.map(ownText));
        const others = labels.map(() => OTHER);
        const together = seriesKey(others);
        return this.#kept.get(together)?.instrument ?? this.#keep(together, others);
    }

    get kept(): Iterable<KeptSeries<Kind>> {
        return this.#kept.values();
    }

    #makesRoom(): boolean {
        const now = performance.now();
        if (now - this.#lookedAt < Math.min(LOOK_MS, this.#idleMs)) return false;
        this.#lookedAt = now;
        for (const [key, one] of this.#kept) {
            if (!one.instrument.restsSince(now - this.#idleMs)) continue;
            this.#kept.delete(key);
            this.#listener.left(one);
        }
        return this.#kept.size < this.definition.maxSeries;
    }

    #keep(key: string, labels: readonly string[]): Kind {
        const instrument = this.#make();
        const kept = { labels, instrument, family: this };
        this.#kept.set(key, kept);
        this.#listener.kept(kept);
        return instrument;
    }
}
