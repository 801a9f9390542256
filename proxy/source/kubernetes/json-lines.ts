/** Cuts a stream of bytes into its lines: one JSON document each, as a watch sends them. */

/** An object in etcd is below 2 MB; a line far above it is no watch event. */
const MAX_LINE = 64 * 1024 * 1024;
const NEWLINE = 0x0a;

export class JsonLines {
    readonly #onLine: (value: unknown) => void;
    #parts: Buffer[] = [];
    #size = 0;

    /** `onLine` is called for each whole line; what it throws, `push` throws. */
    constructor(onLine: (value: unknown) => void) {
        this.#onLine = onLine;
    }

    push(chunk: Buffer): void {
        let start = 0;
        for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
            const line = this.#take(chunk.subarray(start, end));
            start = end + 1;
            if (line.trim() !== "") this.#onLine(JSON.parse(line));
        }
        if (start < chunk.length) this.#keep(chunk.subarray(start));
    }

    #keep(rest: Buffer): void {
        this.#parts.push(rest);
        this.#size += rest.length;
        if (this.#size > MAX_LINE) throw new Error(`a line of the watch has more than ${MAX_LINE} bytes`);
    }

    #take(last: Buffer): string {
        if (this.#parts.length === 0) return last.toString("utf8");
        const line = Buffer.concat([...this.#parts, last]).toString("utf8");
        this.#parts = [];
        this.#size = 0;
        return line;
    }
}
