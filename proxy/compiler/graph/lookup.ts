/**
 * What stands in one value under many keys: strings, or objects by identity. Whoever reads a key is told of that key alone: when the
 * source changes, what was looked up in it is compared, before anything that may rest on it is taken for what it was.
 */
import type { Same } from "./graph-cells";
import { Node, type Pending, type Revisions, type Value } from "./node";
import { raiseAll, touchAll, withUser, type User } from "./users";

/** How something is found in a source. */
export interface Finder<S, K, V> {
    /** The source is this one now. The keys under which something else may stand than before; undefined: any. */
    take(source: S): Iterable<K> | undefined;
    find(key: K): V;
}

export class Lookup<S, K, V> implements User, Pending {
    /** Above all that its source depends on. */
    level = 1;
    readonly graph: Revisions;
    readonly #source: Value<S>;
    readonly #finder: Finder<S, K, V>;
    readonly #same: Same<V>;
    readonly #places = new Map<K, LookedUp<S, K, V>>();
    /** Whether anybody looks. */
    #isLookedInto = false;
    /** The source failed. */
    #failure: { readonly error: unknown } | undefined;
    #checkedAt = 0;

    constructor(graph: Revisions, source: Value<S>, finder: Finder<S, K, V>, same: Same<V>) {
        this.graph = graph;
        this.#source = source;
        this.#finder = finder;
        this.#same = same;
    }

    get(key: K): V {
        const known = this.#places.get(key);
        const place = known ?? new LookedUp(this, key);
        this.graph.track(place);
        this.refresh();
        if (known === undefined) {
            this.#places.set(key, place);
            place.changedAt = ++this.graph.tick;
            if (!this.#failure) place.value = this.#finder.find(key);
        }
        if (this.#failure) throw this.#failure.error;
        return place.value as V;
    }

    touch(): void {
        this.graph.await(this);
    }

    raise(level: number): void {
        if (level < this.level) return;
        this.level = level + 1;
        for (const place of this.#places.values()) raiseAll(place.users, this.level);
    }

    /** Afterwards its places are those of now. */
    refresh(): void {
        if (!this.#isLookedInto) {
            this.#look();
            this.#isLookedInto = true;
            this.#source.users = withUser(this.#source.users, this);
            this.raise(this.#source.level);
        }
        // What is settled may raise this one's own level.
        while (this.graph.lowest <= this.level) this.graph.settle(this.level);
    }

    settle(): void {
        if (this.#isLookedInto) this.#look();
    }

    #look(): void {
        const source = this.#source;
        source.refresh();
        if (this.#isLookedInto && source.changedAt <= this.#checkedAt) return;
        const wasBad = this.#failure !== undefined;
        this.#failure = undefined;
        let changed: Iterable<K> | undefined;
        try {
            changed = this.#finder.take(source.peek());
        } catch (error) {
            this.#failure = { error };
        }
        this.#checkedAt = this.graph.tick;
        for (const key of wasBad ? this.#places.keys() : (changed ?? this.#places.keys())) this.#compare(key, wasBad);
    }

    forget(key: K): void {
        this.#places.delete(key);
        if (this.#places.size > 0) return;
        this.#isLookedInto = false;
        this.graph.leave(this.#source, this);
    }

    #compare(key: K, wasBad: boolean): void {
        const place = this.#places.get(key);
        if (place === undefined) return;
        if (!this.#failure) {
            const after = this.#finder.find(key);
            if (!wasBad && this.#same(place.value as V, after)) return;
            place.value = after;
        }
        place.changedAt = ++this.graph.tick;
        touchAll(place.users);
    }
}

export class LookedUp<S, K, V> extends Node {
    value: V | undefined;
    readonly #lookup: Lookup<S, K, V>;
    readonly #key: K;

    constructor(lookup: Lookup<S, K, V>, key: K) {
        super();
        this.#lookup = lookup;
        this.#key = key;
    }

    get level(): number {
        return this.#lookup.level;
    }

    refresh(): void {
        this.#lookup.refresh();
    }

    release(): void {
        this.#lookup.forget(this.#key);
    }
}

/** By a function of the source and the key. */
export class Picked<S, K, V> implements Finder<S, K, V> {
    readonly #pick: (source: S, key: K) => V;
    #source: S | undefined;

    constructor(pick: (source: S, key: K) => V) {
        this.#pick = pick;
    }

    take(source: S): undefined {
        this.#source = source;
    }

    find(key: K): V {
        return this.#pick(this.#source as S, key);
    }
}
