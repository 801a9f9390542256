/**
 * Header blocks to fields (RFC 7541). Whatever a peer sends gives an outcome, never an exception; what it can make us hold is
 * its dynamic table, whose size we named, and one list within the caller's bounds.
 *
 * Hot path: strings of both tables are made once and shared; a literal is one string, decoded through one scratch buffer.
 */
import type { FieldSink } from "../fields";

/** All fields were handed on. */
export const DECODED = 0;
/**
 * The list is beyond the caller's bounds: it was handed on no further than them. The table is right, so that the
 * connection goes on; the stream's answer is 431.
 */
export const LIST_TOO_LARGE = 1;
/** `fault` says which rule is broken. The table is lost and with it the connection: COMPRESSION_ERROR (RFC 9113 §4.3). */
export const BROKEN = 2;

export interface HpackFault {
    readonly section: string;
    readonly detail: string;
}

export class HpackDecoder {
    /** After BROKEN. */
    fault: HpackFault | undefined;

    /** `maxTableBytes`: our SETTINGS_HEADER_TABLE_SIZE. */
    constructor(readonly maxTableBytes: number) {}

    /**
     * Reads one whole block, the bytes from `start` to `end`. `maxBytes`: of the list, as RFC 9113 §6.5.2 counts (name, value
     * and 32 a field); `maxFields`: how many, where all pieces of cookie are one. Both are looked at before a string is made.
     */
    decode(_bytes: Buffer, _start: number, _end: number, _into: FieldSink, _maxBytes: number, _maxFields: number): number {
        throw new Error("being written");
    }
}
