/**
 * Computations that remember what they read. The next time, one is done again only when something that it read has
 * changed; otherwise its value, and what it said besides, hold on. A value that comes out as before counts as
 * unchanged, so that nothing behind it is done again either.
 *
 * What is asked of a graph must be asked in the same way each time, and a computation may depend on nothing but its
 * key, what it reads from the graph, and `now` within the bounds it gives by `holdsUntil`. Then the outcome never
 * depends on what was asked before: reads are checked in the order in which they were made, so that one is checked only
 * when all before it are as they were, and the computation would make it again.
 */
import { Cell, Family, Lookup, NOTHING, type Frame, type Readable, type Revisions, type Same, type Value } from "./graph-cells";

export type { Family, Lookup, Value } from "./graph-cells";

/** A value from outside. */
export class Input<V> implements Value<V> {
    changedAt = 0;
    #value: V;
    readonly #graph: Graph<unknown>;

    constructor(graph: Graph<unknown>, value: V) {
        this.#graph = graph;
        this.#value = value;
    }

    get(): V {
        this.#graph.track(this);
        return this.#value;
    }

    set(value: V): void {
        if (value === this.#value) return;
        this.#value = value;
        this.changedAt = this.#graph.revision;
    }

    refresh(): void {
        /* Set before anything that reads it is asked. */
    }
}

export class Graph<S> implements Revisions {
    revision = 0;
    /** Milliseconds since the epoch. */
    now = 0;
    /** The last of the times given to `holdsUntil` that has come: what is known does not hold before it. */
    passed = Number.NEGATIVE_INFINITY;
    /** What all that was asked for in this revision says, in the order in which it was asked for. */
    said: (readonly S[])[] = [];
    #frame: Frame | undefined;
    /** The reads of all frames, the innermost last. */
    readonly #reads: Readable[] = [];
    readonly #families: { sweep(): void }[] = [];

    /** Everything from here on is about new inputs. */
    begin(now: number): void {
        this.revision++;
        this.now = now;
        this.said = [];
    }

    /** Forgets what was not asked for since `begin`. */
    end(): void {
        for (const family of this.#families) family.sweep();
    }

    input<V>(value: V): Input<V> {
        return new Input(this, value);
    }

    family<K, V>(compute: (key: K, previous: V | undefined) => V, same: Same<V> = Object.is): Family<K, V> {
        const made = new Family<K, V>(this, compute, same);
        this.#families.push(made);
        return made;
    }

    /** `pick` looks into the source and reads nothing else. */
    lookup<F, K, V>(source: Value<F>, pick: (source: F, key: K) => V, same: Same<V> = Object.is): Lookup<F, K, V> {
        const made = new Lookup(this, source, pick, same);
        this.#families.push(made);
        return made;
    }

    /** A computation that there is one of. */
    value<V>(compute: (previous: V | undefined) => V, same: Same<V> = Object.is): Value<V> {
        return new Cell<"", V>(new Family<"", V>(this, (_key, previous) => compute(previous), same), "");
    }

    /** Says something besides the value of what is being computed. */
    say(one: S): void {
        if (!this.#frame) this.said.push([one]);
        else if (this.#frame.said) this.#frame.said.push(one);
        else this.#frame.said = [one];
    }

    /** What is being computed may come out otherwise from this time on. */
    holdsUntil(time: number): void {
        if (time <= this.now) this.passed = Math.max(this.passed, time);
        else if (this.#frame && time < this.#frame.until) this.#frame.until = time;
    }

    track(one: Readable): void {
        if (this.#frame && this.#reads.at(-1) !== one) this.#reads.push(one);
    }

    /** The value, of which what is being computed does not depend by itself. */
    untracked<V>(source: Value<V>): V {
        const frame = this.#frame;
        this.#frame = undefined;
        try {
            return source.get();
        } finally {
            this.#frame = frame;
        }
    }

    open(): Frame {
        return (this.#frame = { outer: this.#frame, firstRead: this.#reads.length, said: undefined, until: Number.POSITIVE_INFINITY });
    }

    /** What it has read. */
    close({ outer, firstRead }: Frame): readonly Readable[] {
        this.#frame = outer;
        const reads = this.#reads.length > firstRead ? this.#reads.slice(firstRead) : NOTHING;
        this.#reads.length = firstRead;
        return reads;
    }
}
