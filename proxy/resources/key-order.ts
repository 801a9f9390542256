/** Objects in the order of their keys, which is found out again only when there are others. */
import type { PlacedObject } from "./placed-object";
import { compareText } from "./text-order";

interface Held {
    inForce(key: string): PlacedObject | undefined;
    entries(): Iterable<readonly [string, PlacedObject]>;
}

/** Where objects are there, and not only kept because nobody knows. */
interface Present {
    has(key: string): boolean;
}

export class KeyOrder {
    /** Those that are there, then those that have vanished, each sorted. */
    #keys: readonly string[] = [];
    #present = 0;
    #objects: readonly PlacedObject[] = [];

    /** `changed`: keys of all objects that may be others than before; undefined: nobody knows. What has vanished comes last. */
    of(held: Held, present: Present, changed: ReadonlySet<string> | undefined): readonly PlacedObject[] {
        return (this.#objects = (changed && this.#replaced(held, present, changed)) ?? this.#ordered(held, present));
    }

    /** Undefined: there are others. */
    #replaced(held: Held, present: Present, changed: ReadonlySet<string>): readonly PlacedObject[] | undefined {
        const objects = [...this.#objects];
        for (const key of changed) {
            const now = held.inForce(key);
            const at = this.#find(key);
            if (at === -1 && now === undefined) continue;
            if (at === -1 || now === undefined || !present.has(key)) return undefined;
            objects[at] = now;
        }
        return objects;
    }

    #ordered(held: Held, present: Present): readonly PlacedObject[] {
        const there: (readonly [string, PlacedObject])[] = [];
        const vanished: (readonly [string, PlacedObject])[] = [];
        for (const entry of held.entries()) (present.has(entry[0]) ? there : vanished).push(entry);
        const order = [...there.sort(byKey), ...vanished.sort(byKey)];
        this.#keys = order.map(([key]) => key);
        this.#present = there.length;
        return order.map(([, object]) => object);
    }

    /** Among those that are there; -1: it is not. */
    #find(key: string): number {
        let low = 0;
        let high = this.#present;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (compareText(this.#keys[middle] ?? "", key) < 0) low = middle + 1;
            else high = middle;
        }
        return low < this.#present && this.#keys[low] === key ? low : -1;
    }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
    return compareText(a, b);
}
