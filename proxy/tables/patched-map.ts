/**
 * A table with a few entries changed: the map before, and the changes beside it. What is made of a table of ten thousand entries for
 * one that changed costs one entry; and of two of these with the same map below, only what was changed of either can differ.
 */

/** So many changes are kept beside the map; then it is copied once. */
const MOST = 256;
/** A smaller map is copied at once: that costs less than to look twice. */
const SMALL = 1024;

export class PatchedMap<V> implements ReadonlyMap<string, V> {
    readonly #base: ReadonlyMap<string, V>;
    /** Of keys that the base has. */
    readonly #changed: ReadonlyMap<string, V>;

    private constructor(base: ReadonlyMap<string, V>, changed: ReadonlyMap<string, V>) {
        this.#base = base;
        this.#changed = changed;
    }

    /** The map with other values under keys that it has already, in the same order. */
    static of<V>(map: ReadonlyMap<string, V>, changes: Iterable<readonly [string, V]>): ReadonlyMap<string, V> {
        const [base, before] = map instanceof PatchedMap ? [(map as PatchedMap<V>).#base, (map as PatchedMap<V>).#changed] : [map, []];
        const changed = new Map([...before, ...changes]);
        if (changed.size <= MOST && base.size > SMALL) return new PatchedMap(base, changed);
        const whole = new Map(base);
        for (const [key, value] of changed) whole.set(key, value);
        return whole;
    }

    /** Keys under which two versions of a map may differ; undefined: any. */
    static differences<V>(one: ReadonlyMap<string, V>, other: ReadonlyMap<string, V>): Iterable<string> | undefined {
        const [base, own] = partsOf(one);
        const [otherBase, otherOwn] = partsOf(other);
        return base === otherBase ? new Set([...own, ...otherOwn]) : undefined;
    }

    static partsOf<V>(map: PatchedMap<V>): readonly [ReadonlyMap<string, V>, Iterable<string>] {
        return [map.#base, map.#changed.keys()];
    }

    get size(): number {
        return this.#base.size;
    }

    get(key: string): V | undefined {
        return this.#changed.has(key) ? this.#changed.get(key) : this.#base.get(key);
    }

    has(key: string): boolean {
        return this.#base.has(key);
    }

    keys(): MapIterator<string> {
        return this.#base.keys();
    }

    *values(): MapIterator<V> {
        for (const [, value] of this.entries()) yield value;
        return undefined;
    }

    *entries(): MapIterator<[string, V]> {
        for (const entry of this.#base) yield this.#changed.has(entry[0]) ? [entry[0], this.#changed.get(entry[0]) as V] : entry;
        return undefined;
    }

    [Symbol.iterator](): MapIterator<[string, V]> {
        return this.entries();
    }

    forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
        for (const [key, value] of this) visit(value, key, this);
    }
}

function partsOf<V>(map: ReadonlyMap<string, V>): readonly [ReadonlyMap<string, V>, Iterable<string>] {
    return map instanceof PatchedMap ? PatchedMap.partsOf(map as PatchedMap<V>) : [map, []];
}
