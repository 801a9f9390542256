/** A header block that comes in several frames (RFC 9113 §4.3), put together within bounds. */
import { FAULTS, type Http2Fault } from "./faults";
import { MAX_CONTINUATIONS, MAX_HEADER_BLOCK_BYTES } from "./limits";

const NOTHING = Buffer.alloc(0);

export class HeaderBlock {
    /** The stream whose CONTINUATION is to come; 0: no block is open. */
    id = 0;
    /** It ends its stream. */
    end = false;
    bytes: Buffer = NOTHING;
    length = 0;
    #frames = 0;
    readonly #most: number;

    /** A list may be so large, and as it travels it is no larger. */
    constructor(listBytes = 0) {
        this.#most = Math.max(MAX_HEADER_BLOCK_BYTES, listBytes);
    }

    begin(id: number, end: boolean, bytes: Buffer, from: number, to: number): void {
        this.id = id;
        this.end = end;
        this.bytes = Buffer.from(bytes.subarray(from, to));
        this.length = to - from;
        this.#frames = 0;
    }

    add(bytes: Buffer, from: number, to: number): Http2Fault | undefined {
        const length = this.length + to - from;
        if (length > this.#most) return FAULTS.headerBlock;
        if (++this.#frames > MAX_CONTINUATIONS) return FAULTS.continuations;
        if (length > this.bytes.length) {
            const grown = Buffer.allocUnsafe(Math.min(this.#most, Math.max(length, this.bytes.length * 2)));
            this.bytes.copy(grown, 0, 0, this.length);
            this.bytes = grown;
        }
        bytes.copy(this.bytes, this.length, from, to);
        this.length = length;
        return undefined;
    }

    clear(): void {
        this.id = 0;
        this.bytes = NOTHING;
        this.length = 0;
    }
}
