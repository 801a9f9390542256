/** Objects in the order of their keys, which is found out again only when there are others. */
import type { PlacedObject } from "./placed-object";
import { compareText } from "./text-order";

export class KeyOrder {
    #keys: readonly string[] = [];
    /** Of each whether it is there. */
    #there: readonly boolean[] = [];
    /** Numbers of keys. */
    #order: readonly number[] = [];

    /** What has vanished comes last. */
    of(held: Iterable<readonly [string, PlacedObject]>, there: { has(key: string): boolean }): readonly PlacedObject[] {
        const keys: string[] = [];
        const objects: PlacedObject[] = [];
        const isThere: boolean[] = [];
        for (const [key, object] of held) {
            keys.push(key);
            objects.push(object);
            isThere.push(there.has(key));
        }
        if (!isSame(keys, this.#keys) || !isSame(isThere, this.#there)) {
            this.#keys = keys;
            this.#there = isThere;
            this.#order = keys
                .map((_, at) => at)
                .sort((a, b) => Number(isThere[b]) - Number(isThere[a]) || compareText(keys[a] ?? "", keys[b] ?? ""));
        }
        return this.#order.map((at) => objects[at] as PlacedObject);
    }
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
    return a.length === b.length && a.every((one, at) => one === b[at]);
}
