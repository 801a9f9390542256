/**
 * Chunked coding (RFC 9112 §7.1), read byte by byte where it frames and in one piece where it carries. The reader keeps
 * its place between two reads, wherever they part. Extensions are checked and thrown away, and so are zeros
 * before a size.
 *
 * Hot path: chunks of one read that are small are moved together in place, so that a flood of tiny ones costs one call.
 */
import { CR, DOUBLE_QUOTE, EQUALS, BACKSLASH, FIELD_VALUE, HEX, LF, QUOTED, SEMICOLON, TOKEN } from "./bytes";
import { FAULTS, type CodecFault } from "./fault";
import { JOINED_CHUNK_BYTES, MAX_BODY_EXTENSION_BYTES, MAX_CHUNK_EXTENSION_BYTES, MAX_CHUNK_SIZE_DIGITS } from "./limits";

const SIZE = 0;
const SIZE_LF = 1;
const DATA = 2;
const DATA_CR = 3;
const DATA_LF = 4;
const LAST = 5;
const BROKEN = 6;
const NAME_START = 7;
const NAME = 8;
const VALUE_START = 9;
const VALUE = 10;
const IN_QUOTES = 11;
const ESCAPED = 12;
const AFTER_QUOTES = 13;

export class ChunkReader {
    /** Where the bytes found by the last `read` are: none if both are equal. */
    from = 0;
    to = 0;
    /** Where reading went on to. */
    at = 0;
    fault: CodecFault | undefined;
    #state = SIZE;
    #digits = 0;
    #remaining = 0;
    #extension = 0;
    #extensions = 0;

    reset(): void {
        this.fault = undefined;
        this.#state = SIZE;
        this.#digits = 0;
        this.#remaining = 0;
        this.#extension = 0;
        this.#extensions = 0;
    }

    /** The last chunk has been read: trailers follow. */
    get last(): boolean {
        return this.#state === LAST;
    }

    /** Reads on in `input` up to `end`, the last chunk's line ends, a fault, or bytes that do not join the ones found. */
    read(input: Buffer, start: number, end: number): void {
        let at = start;
        this.from = this.to = start;
        while (at < end && this.#state !== LAST && this.#state !== BROKEN) {
            if (this.#state !== DATA) {
                this.#framing(input[at]!);
                at++;
                continue;
            }
            const count = Math.min(this.#remaining, end - at);
            if (this.from === this.to) {
                this.from = at;
            } else if (count <= JOINED_CHUNK_BYTES) {
                input.copyWithin(this.to, at, at + count);
            } else {
                break;
            }
            this.to = (this.from === at ? at : this.to) + count;
            at += count;
            this.#remaining -= count;
            if (this.#remaining === 0) this.#state = DATA_CR;
        }
        this.at = at;
    }

    #framing(byte: number): void {
        switch (this.#state) {
            case SIZE:
                return this.#size(byte);
            case SIZE_LF:
                if (byte !== LF) return this.#break(FAULTS.chunkSize);
                this.#state = this.#remaining === 0 ? LAST : DATA;
                this.#digits = 0;
                this.#extension = 0;
                return;
            case DATA_CR:
                if (byte !== CR) return this.#break(FAULTS.chunkEnd);
                this.#state = DATA_LF;
                return;
            case DATA_LF:
                if (byte !== LF) return this.#break(FAULTS.chunkEnd);
                this.#state = SIZE;
                return;
            default:
                return this.#extensionByte(byte);
        }
    }

    #size(byte: number): void {
        const digit = HEX[byte]!;
        if (digit !== 255) {
            // A zero in front adds nothing to the number, and is counted as what adds nothing to the body.
            if (this.#digits > 0 && this.#remaining === 0) this.#unseen();
            else if (++this.#digits > MAX_CHUNK_SIZE_DIGITS) return this.#break(FAULTS.chunkSize);
            this.#remaining = this.#remaining * 16 + digit;
        } else if (this.#digits > 0 && byte === CR) {
            this.#state = SIZE_LF;
        } else if (this.#digits > 0 && byte === SEMICOLON) {
            this.#state = NAME_START;
        } else {
            this.#break(FAULTS.chunkSize);
        }
    }

    /** Counts a byte that is read for nothing: there is an end to those. */
    #unseen(): boolean {
        if (++this.#extension <= MAX_CHUNK_EXTENSION_BYTES && ++this.#extensions <= MAX_BODY_EXTENSION_BYTES) return true;
        this.#break(FAULTS.chunkExtension);
        return false;
    }

    /** `;` token [ `=` ( token / quoted-string ) ], without the "bad" white space that only tolerance allows. */
    #extensionByte(byte: number): void {
        if (!this.#unseen()) return;
        switch (this.#state) {
            case NAME_START:
            case VALUE_START:
                if (TOKEN[byte] !== 0) this.#state = this.#state === NAME_START ? NAME : VALUE;
                else if (this.#state === VALUE_START && byte === DOUBLE_QUOTE) this.#state = IN_QUOTES;
                else this.#break(FAULTS.chunkExtension);
                return;
            case NAME:
                if (TOKEN[byte] !== 0) return;
                if (byte === EQUALS) this.#state = VALUE_START;
                else this.#afterExtension(byte);
                return;
            case VALUE:
                if (TOKEN[byte] === 0) this.#afterExtension(byte);
                return;
            case IN_QUOTES:
                if (byte === DOUBLE_QUOTE) this.#state = AFTER_QUOTES;
                else if (byte === BACKSLASH) this.#state = ESCAPED;
                else if (QUOTED[byte] === 0) this.#break(FAULTS.chunkExtension);
                return;
            case ESCAPED:
                if (FIELD_VALUE[byte] === 0) this.#break(FAULTS.chunkExtension);
                else this.#state = IN_QUOTES;
                return;
            default:
                return this.#afterExtension(byte);
        }
    }

    #afterExtension(byte: number): void {
        if (byte === CR) this.#state = SIZE_LF;
        else if (byte === SEMICOLON) this.#state = NAME_START;
        else this.#break(FAULTS.chunkExtension);
    }

    #break(fault: CodecFault): void {
        this.#state = BROKEN;
        this.fault = fault;
    }
}
