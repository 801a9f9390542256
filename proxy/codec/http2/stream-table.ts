/**
 * The open streams of a connection by their ids. Not a Map: a Map that streams come to and leave makes itself anew every so
 * often, and each of its old tables refers to the next one. Once V8 has moved one of them to the old objects, all later ones
 * live on, with every stream that stood in them, until all of the heap is marked: that costs more than the look-ups.
 *
 * Hot path: ids of one side are consecutive odd or even numbers, so that a stream is nearly always in its first slot.
 */
import type { Stream } from "./stream";

const FIRST_SLOTS = 8;

export class StreamTable {
    size = 0;
    /** 0: free. Open addressing; no more than half of the slots, a power of two, are taken. */
    #ids = new Int32Array(FIRST_SLOTS);
    #streams: (Stream | undefined)[] = new Array<undefined>(FIRST_SLOTS).fill(undefined);

    get(id: number): Stream | undefined {
        const ids = this.#ids;
        const mask = ids.length - 1;
        for (let slot = (id >>> 1) & mask; ids[slot] !== 0; slot = (slot + 1) & mask) if (ids[slot] === id) return this.#streams[slot];
        return undefined;
    }

    /** Of an id that is not in it. */
    add(stream: Stream): void {
        if (2 * (this.size + 1) > this.#ids.length) this.#grow();
        this.#put(stream);
        this.size++;
    }

    delete(id: number): void {
        const ids = this.#ids;
        const mask = ids.length - 1;
        let slot = (id >>> 1) & mask;
        while (ids[slot] !== id) {
            if (ids[slot] === 0) return;
            slot = (slot + 1) & mask;
        }
        this.size--;
        // What stands behind it and would be nearer to its own slot in its place moves up, so that no look-up ends too early.
        for (let next = (slot + 1) & mask; ids[next] !== 0; next = (next + 1) & mask) {
            const own = (ids[next]! >>> 1) & mask;
            if (((next - own) & mask) < ((next - slot) & mask)) continue;
            ids[slot] = ids[next]!;
            this.#streams[slot] = this.#streams[next];
            slot = next;
        }
        ids[slot] = 0;
        this.#streams[slot] = undefined;
    }

    clear(): void {
        this.#ids.fill(0);
        this.#streams.fill(undefined);
        this.size = 0;
    }

    /** Those that are open now and still are when their turn comes, the oldest first. */
    *values(): Generator<Stream, void> {
        const open = this.#streams.filter((one) => one !== undefined).sort((a, b) => a.id - b.id);
        for (const stream of open) if (this.get(stream.id) === stream) yield stream;
    }

    #put(stream: Stream): void {
        const ids = this.#ids;
        const mask = ids.length - 1;
        let slot = (stream.id >>> 1) & mask;
        while (ids[slot] !== 0) slot = (slot + 1) & mask;
        ids[slot] = stream.id;
        this.#streams[slot] = stream;
    }

    #grow(): void {
        const streams = this.#streams;
        this.#ids = new Int32Array(2 * this.#ids.length);
        this.#streams = new Array<undefined>(this.#ids.length).fill(undefined);
        for (const stream of streams) if (stream !== undefined) this.#put(stream);
    }
}
