/**
 * An encoder's view of its dynamic table (RFC 7541 §4): how large each entry is, so that it knows which are still there. What
 * stands in them only the names know that have put them there, by their places: the first entry of a connection has place 1.
 */
import { ENTRY_OVERHEAD } from "./static-table";

/** Of a table's capacity: an entry larger than this part of it would drive out too many others. */
const LARGEST_PART = 4;

export class EncoderTable {
    /** Sizes, oldest first, from `#first` on. */
    #sizes: number[] = [];
    #first = 0;
    #inserted = 0;
    #bytes = 0;
    #capacity: number;

    constructor(capacity: number) {
        this.#capacity = capacity;
    }

    get capacity(): number {
        return this.#capacity;
    }

    resize(capacity: number): void {
        this.#capacity = capacity;
        this.#evict(0);
    }

    holds(place: number): boolean {
        return place > this.#inserted - (this.#sizes.length - this.#first);
    }

    /** From 0, the newest. */
    indexOf(place: number): number {
        return this.#inserted - place;
    }

    admits(name: string, value: string): boolean {
        return name.length + value.length + ENTRY_OVERHEAD <= this.#capacity / LARGEST_PART;
    }

    /** Gives the place of a new entry, whose strings have so many bytes. */
    insert(bytes: number): number {
        const size = bytes + ENTRY_OVERHEAD;
        this.#evict(size);
        this.#sizes.push(size);
        this.#bytes += size;
        return ++this.#inserted;
    }

    #evict(bytes: number): void {
        while (this.#first < this.#sizes.length && this.#bytes + bytes > this.#capacity) this.#bytes -= this.#sizes[this.#first++]!;
        if (2 * this.#first > this.#sizes.length) {
            this.#sizes = this.#sizes.slice(this.#first);
            this.#first = 0;
        }
    }
}
