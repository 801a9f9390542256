/**
 * Lines that wait to be written, as the bytes that they are written as: text that waits would be collected, moved and made flat with
 * all the parts that it was put together of. Hot path: one call into the runtime a line, into memory that is used again.
 */
interface Batch {
    readonly bytes: Buffer;
    length: number;
    lines: number;
}

/** Of a batch's memory, behind the length at which it is written. */
const ROOM_BYTES = 1024;
/** At most so many bytes are a code unit's in UTF-8. */
const MOST_BYTES = 3;

export class Batches {
    #list: Batch[] = [];
    /** Memory of a batch that is written. */
    #spare: Buffer | undefined;
    /** Bytes of all. */
    waiting = 0;
    /** A batch is written when it is so long; a longer line is one of its own. */
    size: number;

    constructor(size: number) {
        this.size = size;
    }

    get count(): number {
        return this.#list.length;
    }

    /** `isFirstTaken`: the first batch is being written and is not to be added to. */
    add(line: string, isFirstTaken: boolean): void {
        const batch = this.#batchFor(line, isFirstTaken);
        const count = batch.bytes.write(line, batch.length);
        batch.length += count;
        batch.lines++;
        this.waiting += count;
    }

    #batchFor(line: string, isFirstTaken: boolean): Batch {
        const list = this.#list;
        const last = list[list.length - 1];
        const most = MOST_BYTES * line.length;
        const hasRoom = last !== undefined && last.length + line.length <= this.size && last.length + most <= last.bytes.length;
        if (hasRoom && !(isFirstTaken && list.length === 1)) return last;
        const usual = this.size + ROOM_BYTES;
        const bytes = most > usual ? Buffer.allocUnsafeSlow(Buffer.byteLength(line)) : this.#memory(usual);
        const batch = { bytes, length: 0, lines: 0 };
        list.push(batch);
        return batch;
    }

    #memory(bytes: number): Buffer {
        const spare = this.#spare;
        this.#spare = undefined;
        return spare?.length === bytes ? spare : Buffer.allocUnsafeSlow(bytes);
    }

    /** What is to be written next, until it is taken away. */
    get first(): Buffer | undefined {
        const [first] = this.#list;
        return first?.bytes.subarray(0, first.length);
    }

    /** All that waits, but for the first where `isFirstTaken`. */
    all(isFirstTaken: boolean): Buffer[] {
        return this.#list.slice(isFirstTaken ? 1 : 0).map(({ bytes, length }) => bytes.subarray(0, length));
    }

    /** The first is written, and nobody reads its memory any more. */
    takeFirst(): void {
        const done = this.#list.shift();
        if (done === undefined) return;
        this.waiting -= done.length;
        this.#spare = done.bytes;
    }

    /** Of the first so many lines at most are left. */
    boundFirst(lines: number): void {
        const [first] = this.#list;
        if (first !== undefined) first.lines = Math.min(first.lines, lines);
    }

    /** Forgets all, and says how many lines they had. */
    clear(): number {
        const lines = this.#list.reduce((sum, one) => sum + one.lines, 0);
        this.#list = [];
        this.waiting = 0;
        return lines;
    }
}
