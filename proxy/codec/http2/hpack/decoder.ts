/**
 * Header blocks to fields (RFC 7541). Whatever a peer sends gives an outcome, never an exception; what it can make us hold is
 * its dynamic table, whose size we named, and one list within the caller's bounds.
 *
 * Hot path: strings of both tables are made once and shared; a literal is one string, decoded through one scratch buffer.
 */
import { FIELD_VALUE, SPACE, TAB } from "../../http1/bytes";
import { BAD_VALUE, COOKIE, foundName, readName, type FieldSink } from "../field-names";
import { DynamicTable } from "./dynamic-table";
import { decodeHuffman, decoded } from "./huffman";
import { cursor, readInteger } from "./integers";
import { markSecret } from "./secrets";
import { ENTRY_OVERHEAD, FIRST_DYNAMIC, INITIAL_TABLE_BYTES, STATIC_TABLE, type TableEntry } from "./static-table";
import { latin1 } from "./strings";

/** All fields were handed on. */
export const DECODED = 0;
/**
 * The list is beyond the caller's bounds, and was handed on no further than them. The table is right, so that the connection
 * goes on; the stream's answer is 431.
 */
export const LIST_TOO_LARGE = 1;
/** `fault` says which rule is broken. The table is lost and with it the connection: COMPRESSION_ERROR (RFC 9113 §4.3). */
export const BROKEN = 2;

/** A rule of RFC 7541 that a block broke. */
export interface HpackFault {
    readonly section: string;
    readonly detail: string;
}

function fault(section: string, detail: string): HpackFault {
    return Object.freeze({ section: `RFC 7541 §${section}`, detail });
}

const FAULTS = Object.freeze({
    index: fault("2.3.3", "index beyond both tables"),
    indexZero: fault("6.1", "index 0"),
    integer: fault("5.1", "integer cut off, or larger than any that means something"),
    string: fault("5.2", "string longer than what is left of its block"),
    eos: fault("5.2", "end-of-string symbol within a string"),
    padding: fault("5.2", "padding longer than seven bits, or of other bits than ones"),
    update: fault("6.3", "table size update larger than the size that was agreed on"),
    lateUpdate: fault("4.2", "table size update behind the start of a block"),
    updates: fault("4.2", "more than two table size updates in a block"),
});

const INDEXED = 0x80;
const WITH_INDEXING = 0x40;
const SIZE_UPDATE = 0x20;
const NEVER_INDEXED = 0x10;
const HUFFMAN = 0x80;
/** §4.2: the smallest size in between and the final one. */
const MAX_SIZE_UPDATES = 2;

export class HpackDecoder {
    /** After BROKEN. */
    fault: HpackFault | undefined;
    readonly #maxTableBytes: number;
    readonly #table: DynamicTable;

    // Of the block that is read.
    #at = 0;
    #listBytes = 0;
    #listFields = 0;
    #maxBytes = 0;
    #maxFields = 0;
    #cookies = false;

    // The string that was read last: its decoded bytes, within the block or the scratch buffer.
    #text: Buffer = decoded.bytes;
    #from = 0;
    #to = 0;

    /** `maxTableBytes`: our SETTINGS_HEADER_TABLE_SIZE, which never changes; no less than what a peer begins with. */
    constructor(maxTableBytes: number) {
        this.#maxTableBytes = Math.max(maxTableBytes, INITIAL_TABLE_BYTES);
        this.#table = new DynamicTable(INITIAL_TABLE_BYTES);
    }

    /**
     * Reads one whole block, the bytes from `start` to `end`. `maxBytes`: of the list, as RFC 9113 §6.5.2 counts (name, value
     * and 32 a field); `maxFields`: how many, where all pieces of cookie are one. Both are looked at before a string is made.
     */
    decode(bytes: Buffer, start: number, end: number, into: FieldSink, maxBytes: number, maxFields: number): number {
        this.#at = start;
        this.#listBytes = 0;
        this.#listFields = 0;
        this.#cookies = false;
        this.#maxBytes = maxBytes;
        this.#maxFields = maxFields;
        if (start < end && (bytes[start]! & 0xe0) === SIZE_UPDATE && !this.#sizeUpdates(bytes, end)) return BROKEN;
        while (this.#at < end) {
            const first = bytes[this.#at]!;
            if ((first & INDEXED) === 0) {
                if (!this.#literal(bytes, end, first, into)) return BROKEN;
                continue;
            }
            this.#at++;
            const entry = this.#indexed(bytes, end, first, 0x7f);
            if (entry === undefined) return BROKEN;
            if (this.#fits(entry.kind, entry.size)) into.add(entry.kind, entry.name, entry.value);
        }
        return this.#listBytes > maxBytes || this.#listFields > maxFields ? LIST_TOO_LARGE : DECODED;
    }

    /** Counts a field in; whether the list is still within its bounds. */
    #fits(kind: number, size: number): boolean {
        this.#listBytes += size;
        if ((kind & ~BAD_VALUE) === COOKIE) {
            if (!this.#cookies) this.#listFields++;
            this.#cookies = true;
        } else {
            this.#listFields++;
        }
        return this.#listBytes <= this.#maxBytes && this.#listFields <= this.#maxFields;
    }

    /** The entry whose index begins in `first`, of which the byte was read. */
    #indexed(bytes: Buffer, end: number, first: number, mask: number): TableEntry | undefined {
        let index = first & mask;
        if (index === mask) {
            index = readInteger(bytes, this.#at, end, mask);
            if (index < 0) {
                this.#broken(FAULTS.integer);
                return undefined;
            }
            this.#at = cursor.at;
        }
        const entry = index < FIRST_DYNAMIC ? STATIC_TABLE[index] : this.#table.at(index - FIRST_DYNAMIC);
        if (entry === undefined) this.#broken(index === 0 ? FAULTS.indexZero : FAULTS.index);
        return entry;
    }

    /** §6.2: a name of the tables or its own, and a value. */
    #literal(bytes: Buffer, end: number, first: number, into: FieldSink): boolean {
        if ((first & 0xe0) === SIZE_UPDATE) return this.#broken(FAULTS.lateUpdate);
        const indexing = (first & WITH_INDEXING) !== 0;
        const mask = indexing ? 0x3f : 0x0f;
        this.#at++;
        let name = "";
        let kind: number;
        let nameBytes: number;
        if ((first & mask) !== 0) {
            const entry = this.#indexed(bytes, end, first, mask);
            if (entry === undefined) return false;
            name = entry.name;
            nameBytes = name.length;
            kind = entry.kind & ~BAD_VALUE;
        } else {
            if (!this.#string(bytes, end)) return false;
            nameBytes = this.#to - this.#from;
            // A name that alone is beyond all bounds is in no list and no table.
            if (nameBytes + ENTRY_OVERHEAD > Math.max(this.#maxBytes - this.#listBytes, this.#table.capacity)) {
                kind = 0;
            } else {
                readName(this.#text, this.#from, this.#to);
                ({ name, kind } = foundName);
            }
        }
        if (!this.#string(bytes, end)) return false;
        const size = nameBytes + this.#to - this.#from + ENTRY_OVERHEAD;
        const fits = this.#fits(kind, size);
        const kept = indexing && size <= this.#table.capacity;
        if (indexing) this.#table.evict(size);
        if (!fits && !kept) return true;
        if (!isFieldValue(this.#text, this.#from, this.#to)) kind |= BAD_VALUE;
        const value = latin1(this.#text, this.#from, this.#to);
        if (kept) this.#table.insert({ name, value, kind, size });
        else if ((first & 0xf0) === NEVER_INDEXED) markSecret(name);
        if (fits) into.add(kind, name, value);
        return true;
    }

    /** Reads a string literal (§5.2) up to its end. */
    #string(bytes: Buffer, end: number): boolean {
        const at = this.#at;
        if (at >= end) return this.#broken(FAULTS.string);
        const first = bytes[at]!;
        let from = at + 1;
        let length = first & 0x7f;
        if (length === 0x7f) {
            length = readInteger(bytes, from, end, 0x7f);
            if (length < 0) return this.#broken(FAULTS.integer);
            from = cursor.at;
        }
        if (length > end - from) return this.#broken(FAULTS.string);
        this.#at = from + length;
        if ((first & HUFFMAN) === 0) {
            this.#text = bytes;
            this.#from = from;
            this.#to = from + length;
            return true;
        }
        const count = decodeHuffman(bytes, from, from + length);
        if (count < 0) return this.#broken(count === -1 ? FAULTS.eos : FAULTS.padding);
        this.#text = decoded.bytes;
        this.#from = 0;
        this.#to = count;
        return true;
    }

    #sizeUpdates(bytes: Buffer, end: number): boolean {
        for (let updates = 0; this.#at < end && (bytes[this.#at]! & 0xe0) === SIZE_UPDATE; ) {
            if (++updates > MAX_SIZE_UPDATES) return this.#broken(FAULTS.updates);
            let size = bytes[this.#at++]! & 0x1f;
            if (size === 0x1f) {
                size = readInteger(bytes, this.#at, end, 0x1f);
                if (size < 0) return this.#broken(FAULTS.integer);
                this.#at = cursor.at;
            }
            if (size > this.#maxTableBytes) return this.#broken(FAULTS.update);
            this.#table.resize(size);
        }
        return true;
    }

    #broken(fault: HpackFault): false {
        this.fault = fault;
        return false;
    }
}

/** RFC 9113 §8.2.1, and no other CTL either: HTTP/1.1 has them in no value (RFC 9110 §5.5). No blanks at either end. */
function isFieldValue(bytes: Buffer, from: number, to: number): boolean {
    if (from === to) return true;
    const first = bytes[from]!;
    const last = bytes[to - 1]!;
    if (first === SPACE || first === TAB || last === SPACE || last === TAB) return false;
    for (let at = from; at < to; at++) if (FIELD_VALUE[bytes[at]!] === 0) return false;
    return true;
}
