/**
 * A map whose versions share what did not change: `changed` copies the few buckets it touches and leaves the map it was
 * called on as it was. Changing one of 10,000 entries copies about forty, and a request that holds an older version
 * keeps reading it.
 */

const BUCKETS = 256;
/** As many are in one bucket: of ten thousand hosts with a route table each, most tables have one host. */
const FEW = 8;

/** FNV-1a over the UTF-16 units, folded to a bucket's number. */
function bucketOf(key: string): number {
    let hash = 0x811c9dc5;
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    return (hash ^ (hash >>> 16)) & (BUCKETS - 1);
}

type Bucket<V> = Map<string, V> | undefined;

/** More than one, so that they are told from one that holds all. */
const NO_BUCKETS: readonly undefined[] = [undefined, undefined];

export class SharedMap<V> implements ReadonlyMap<string, V> {
    readonly size: number;
    /** Versions share those that they have in common. */
    readonly buckets: readonly Bucket<V>[];

    constructor(buckets: readonly Bucket<V>[] = [], size = 0) {
        this.buckets = buckets;
        this.size = size;
    }

    get(key: string): V | undefined {
        if (this.buckets.length <= 1) return this.buckets[0]?.get(key);
        return this.buckets[bucketOf(key)]?.get(key);
    }

    has(key: string): boolean {
        return this.get(key) !== undefined;
    }

    /** The map with these entries, and without those that are set to undefined. */
    changed(entries: Iterable<readonly [string, V | undefined]>): SharedMap<V> {
        if (this.buckets.length > 1) return this.#changedInBuckets(entries);
        let few: Map<string, V> | undefined;
        for (const [key, value] of entries) {
            few ??= new Map(this.buckets[0]);
            if (value === undefined) few.delete(key);
            else few.set(key, value);
        }
        if (few === undefined) return this;
        return few.size <= FEW ? new SharedMap([few], few.size) : new SharedMap<V>(NO_BUCKETS).#changedInBuckets(few);
    }

    #changedInBuckets(entries: Iterable<readonly [string, V | undefined]>): SharedMap<V> {
        const buckets = [...this.buckets];
        const own = new Set<number>();
        let size = this.size;
        for (const [key, value] of entries) {
            const at = bucketOf(key);
            if (!own.has(at)) {
                own.add(at);
                buckets[at] = new Map(buckets[at]);
            }
            const bucket = buckets[at]!;
            size -= bucket.size;
            if (value === undefined) bucket.delete(key);
            else bucket.set(key, value);
            size += bucket.size;
        }
        return own.size === 0 ? this : new SharedMap(buckets, size);
    }

    *entries(): MapIterator<[string, V]> {
        for (const bucket of this.buckets) if (bucket !== undefined) yield* bucket;
        return undefined;
    }

    *keys(): MapIterator<string> {
        for (const bucket of this.buckets) if (bucket !== undefined) yield* bucket.keys();
        return undefined;
    }

    *values(): MapIterator<V> {
        for (const bucket of this.buckets) if (bucket !== undefined) yield* bucket.values();
        return undefined;
    }

    [Symbol.iterator](): MapIterator<[string, V]> {
        return this.entries();
    }

    forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
        for (const [key, value] of this) visit(value, key, this);
    }
}
