/** What a graph is made of: computations by their keys, and places that are looked up. */
import { isDeepStrictEqual } from "node:util";

export interface Readable {
    /** The revision in which the value became what it is. */
    readonly changedAt: number;
    refresh(): void;
}

/** What can be read, and looked things up in. */
export interface Value<V> extends Readable {
    get(): V;
}

/** What a computation that is under way has read and said so far. */
export interface Frame {
    readonly outer: Frame | undefined;
    readonly firstRead: number;
    said: unknown[] | undefined;
    until: number;
}

/** The graph as those that it is made of see it. */
export interface Revisions {
    readonly revision: number;
    readonly now: number;
    readonly said: (readonly unknown[])[];
    track(one: Readable): void;
    untracked<V>(source: Value<V>): V;
    open(): Frame;
    close(frame: Frame): readonly Readable[];
}

export type Same<V> = (before: V, after: V) => boolean;

interface Kept extends Readable {
    /** The revision in which it was asked for last. */
    readonly checkedAt: number;
}

/** The same for many keys: strings, or objects by identity. */
abstract class Keyed<K, V, C extends Kept & Value<V>> {
    readonly graph: Revisions;
    /** How many were asked for in this revision. */
    live = 0;
    readonly #cells = new Map<K, C>();

    constructor(graph: Revisions) {
        this.graph = graph;
    }

    get(key: K): V {
        let cell = this.#cells.get(key);
        if (cell === undefined) this.#cells.set(key, (cell = this.make(key)));
        return cell.get();
    }

    /** Forgets what nobody asked for. */
    sweep(): void {
        if (this.live < this.#cells.size) {
            for (const [key, cell] of this.#cells) if (cell.checkedAt !== this.graph.revision) this.#cells.delete(key);
        }
        this.live = 0;
    }

    protected abstract make(key: K): C;
}

/** Computations. `previous` may be reused in parts, and decides nothing. */
export class Family<K, V> extends Keyed<K, V, Cell<K, V>> {
    readonly compute: (key: K, previous: V | undefined) => V;
    readonly same: Same<V>;

    constructor(graph: Revisions, compute: (key: K, previous: V | undefined) => V, same: Same<V>) {
        super(graph);
        this.compute = compute;
        this.same = same;
    }

    protected make(key: K): Cell<K, V> {
        return new Cell(this, key);
    }
}

/** What stands in one value under many keys. Says nothing and reads nothing else, for which it takes a third of the memory. */
export class Lookup<S, K, V> extends Keyed<K, V, Place<S, K, V>> {
    readonly source: Value<S>;
    readonly pick: (source: S, key: K) => V;
    readonly same: Same<V>;

    constructor(graph: Revisions, source: Value<S>, pick: (source: S, key: K) => V, same: Same<V>) {
        super(graph);
        this.source = source;
        this.pick = pick;
        this.same = same;
    }

    protected make(key: K): Place<S, K, V> {
        return new Place(this, key);
    }
}

class Place<S, K, V> implements Kept, Value<V> {
    changedAt = 0;
    checkedAt = 0;
    readonly #lookup: Lookup<S, K, V>;
    readonly #key: K;
    #value: V | undefined;

    constructor(lookup: Lookup<S, K, V>, key: K) {
        this.#lookup = lookup;
        this.#key = key;
    }

    get(): V {
        this.#lookup.graph.track(this);
        this.refresh();
        return this.#value as V;
    }

    refresh(): void {
        const { graph, source, pick, same } = this.#lookup;
        if (this.checkedAt === graph.revision) return;
        source.refresh();
        if (this.checkedAt === 0 || source.changedAt > this.checkedAt) {
            const after = pick(graph.untracked(source), this.#key);
            if (this.checkedAt === 0 || !same(this.#value as V, after)) {
                this.#value = after;
                this.changedAt = graph.revision;
            }
        }
        this.checkedAt = graph.revision;
        this.#lookup.live++;
    }
}

/** One list for all that read or said nothing. */
export const NOTHING: readonly never[] = [];

export class Cell<K, V> implements Kept, Value<V> {
    changedAt = 0;
    checkedAt = 0;
    readonly #family: Family<K, V>;
    readonly #key: K;
    #value: V | undefined;
    #failure: { readonly error: unknown } | undefined;
    #reads: readonly Readable[] = NOTHING;
    #said: readonly unknown[] = NOTHING;
    #until = Number.POSITIVE_INFINITY;

    constructor(family: Family<K, V>, key: K) {
        this.#family = family;
        this.#key = key;
    }

    get(): V {
        // Before it may fail: who copes with the failure must learn when it is over.
        this.#family.graph.track(this);
        this.refresh();
        if (this.#failure) throw this.#failure.error;
        return this.#value as V;
    }

    refresh(): void {
        const { graph } = this.#family;
        if (this.checkedAt === graph.revision) return;
        if (this.checkedAt === 0 || graph.now >= this.#until || this.#hasChangedReads()) this.#run();
        this.checkedAt = graph.revision;
        this.#family.live++;
        if (this.#said.length > 0) graph.said.push(this.#said);
    }

    #hasChangedReads(): boolean {
        for (const one of this.#reads) {
            one.refresh();
            if (one.changedAt > this.checkedAt) return true;
        }
        return false;
    }

    #run(): void {
        const { graph, compute, same } = this.#family;
        const isFirst = this.checkedAt === 0;
        const before = this.#value;
        const frame = graph.open();
        let failure: { readonly error: unknown } | undefined;
        let after: V | undefined;
        try {
            after = compute(this.#key, before);
        } catch (error) {
            failure = { error };
        }
        this.#reads = graph.close(frame);
        this.#said = isFirst || !frame.said || !isDeepStrictEqual(this.#said, frame.said) ? (frame.said ?? NOTHING) : this.#said;
        this.#until = frame.until;
        if (!isFirst && !failure && !this.#failure && same(before as V, after as V)) return;
        this.#failure = failure;
        this.#value = after;
        this.changedAt = graph.revision;
    }
}
