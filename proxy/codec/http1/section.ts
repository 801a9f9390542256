/**
 * A section of lines, a head or trailers, up to and with the empty line that ends it. The rule is a head that comes in
 * one piece, found by `headEnd`; this reads what parts over several reads, and keeps it in a store that doubles: every
 * byte is looked at once, and what no section may hold is refused at once, not when the end has come.
 */
import { CR, FIELD_VALUE, LF } from "./bytes";
import { FAULTS, type CodecFault } from "./fault";

const EMPTY = Buffer.alloc(0);
const FIRST_STORE_BYTES = 1024;

/** Place in a line end. */
const IN_LINE = 0;
const AFTER_CR = 1;
const AT_LINE = 2;
/** After a CR at the start of a line. */
const AFTER_LAST_CR = 3;

export class SectionReader {
    /** What has come of the section; the first `length` bytes are its. */
    store: Buffer = EMPTY;
    length = 0;
    /** Where reading goes on in the input. */
    at = 0;
    fault: CodecFault | undefined;
    #place = IN_LINE;

    /** A head begins within its first line; trailers begin with a line, which may be the empty one. */
    begin(atLine: boolean): void {
        this.#place = atLine ? AT_LINE : IN_LINE;
    }

    /** True when the section is whole in the store. False: more is to come, or `fault` says why not. */
    read(input: Buffer, from: number, end: number, limit: number, tooLarge: CodecFault): boolean {
        const last = Math.min(end, from + limit - this.length);
        let at = from;
        let place = this.#place;
        while (at < last) {
            const byte = input[at++]!;
            if (byte === LF) {
                if (place === AFTER_LAST_CR) {
                    this.#keep(input, from, at);
                    return true;
                }
                if (place !== AFTER_CR) return this.#refuse(FAULTS.lineEnd);
                place = AT_LINE;
            } else if (place === AFTER_CR || place === AFTER_LAST_CR) {
                return this.#refuse(FAULTS.lineEnd);
            } else if (byte === CR) {
                place = place === AT_LINE ? AFTER_LAST_CR : AFTER_CR;
            } else if (FIELD_VALUE[byte] === 1) {
                place = IN_LINE;
            } else {
                return this.#refuse(FAULTS.byte);
            }
        }
        if (at < end || this.length + at - from >= limit) return this.#refuse(tooLarge);
        this.#place = place;
        this.#keep(input, from, at);
        return false;
    }

    /** A large store is given back: most connections never need one. */
    clear(): void {
        this.length = 0;
        if (this.store.length > FIRST_STORE_BYTES) this.store = EMPTY;
    }

    #refuse(fault: CodecFault): boolean {
        this.fault = fault;
        return false;
    }

    #keep(input: Buffer, from: number, to: number): void {
        const needed = this.length + to - from;
        if (this.store.length < needed) {
            let size = Math.max(FIRST_STORE_BYTES, this.store.length);
            while (size < needed) size *= 2;
            const larger = Buffer.allocUnsafeSlow(size);
            this.store.copy(larger, 0, 0, this.length);
            this.store = larger;
        }
        input.copy(this.store, this.length, from, to);
        this.length = needed;
        this.at = to;
    }
}

/** Just after the first CRLF CRLF, or -1. Looks at every fourth byte where there is no line end near. */
export function headEnd(buffer: Buffer, from: number, to: number): number {
    let at = from + 3;
    while (at < to) {
        const byte = buffer[at]!;
        if (byte > CR) at += 4;
        else if (byte === CR) at++;
        else if (byte !== LF) at += 4;
        else if (buffer[at - 1] === CR && buffer[at - 2] === LF && buffer[at - 3] === CR) return at + 1;
        else at += 2;
    }
    return -1;
}
