/**
 * A list that is made again: what says the same as something in the list before is that very object, and a list of the same
 * objects is the list before. The graph compares by identity, so that nothing behind it is done again.
 */
export class Renewed<T> {
    readonly #before: readonly T[];
    readonly #same: (before: T, now: T) => boolean;
    readonly #list: T[] = [];
    /** Where in the list before the next one is expected. */
    #at = 0;
    #isSame = true;

    constructor(before: readonly T[], same: (before: T, now: T) => boolean) {
        this.#before = before;
        this.#same = same;
    }

    get length(): number {
        return this.#list.length;
    }

    add(one: T): void {
        const known = this.#known(one);
        if (known === undefined || this.#before[this.#list.length] !== known) this.#isSame = false;
        this.#list.push(known ?? one);
    }

    list(): readonly T[] {
        return this.#isSame && this.#list.length === this.#before.length ? this.#before : this.#list.slice();
    }

    /** Lists keep their order, so that it stands near where the one before it stood. */
    #known(one: T): T | undefined {
        const end = Math.min(this.#before.length, this.#at + NEAR);
        for (let at = this.#at; at < end; at++) {
            const before = this.#before[at] as T;
            if (!this.#same(before, one)) continue;
            this.#at = at + 1;
            return before;
        }
        return undefined;
    }
}

/** So many in a row may have changed or gone before all that come after them are made anew. */
const NEAR = 16;
