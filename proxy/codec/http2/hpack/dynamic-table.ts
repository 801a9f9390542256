/** A decoder's dynamic table (RFC 7541 §2.3.2, §4): newest first, and never larger than it may be. */
import type { TableEntry } from "./static-table";

const FIRST_SLOTS = 8;

export class DynamicTable {
    /** A ring whose length is a power of two: an entry costs 32 bytes at least, so the bound in bytes bounds it too. */
    #slots: (TableEntry | undefined)[] = [];
    #newest = 0;
    #count = 0;
    #bytes = 0;
    #capacity: number;

    constructor(capacity: number) {
        this.#capacity = capacity;
    }

    get capacity(): number {
        return this.#capacity;
    }

    /** From 0, the newest; undefined: there is none so old. */
    at(index: number): TableEntry | undefined {
        if (index >= this.#count) return undefined;
        return this.#slots[(this.#newest - index) & (this.#slots.length - 1)];
    }

    resize(capacity: number): void {
        this.#capacity = capacity;
        this.evict(0);
    }

    /** Makes room for so many bytes; an entry larger than the table empties it and is not in it (§4.4). */
    evict(bytes: number): void {
        while (this.#count > 0 && this.#bytes + bytes > this.#capacity) {
            this.#count--;
            const oldest = (this.#newest - this.#count) & (this.#slots.length - 1);
            this.#bytes -= this.#slots[oldest]!.size;
            this.#slots[oldest] = undefined;
        }
    }

    /** Only one that fits, for which room was made. */
    insert(entry: TableEntry): void {
        if (this.#count === this.#slots.length) this.#grow();
        this.#newest = (this.#newest + 1) & (this.#slots.length - 1);
        this.#slots[this.#newest] = entry;
        this.#count++;
        this.#bytes += entry.size;
    }

    #grow(): void {
        const slots = new Array<TableEntry | undefined>(Math.max(FIRST_SLOTS, 2 * this.#slots.length)).fill(undefined);
        for (let index = 0; index < this.#count; index++) slots[this.#count - 1 - index] = this.at(index);
        this.#newest = this.#count - 1;
        this.#slots = slots;
    }
}
