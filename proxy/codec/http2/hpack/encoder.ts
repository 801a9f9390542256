/**
 * Fields to header blocks (RFC 7541). What repeats costs one byte, what is secret is never indexed (§7.1.3), and what changes
 * each time does not thrash the table.
 *
 * Hot path: one look-up by name a field; bytes go straight into the caller's buffer, which has room for `encodedBound`.
 */
import type { HeaderList } from "../../../http/doors";

/** Beyond the strings of a field: two lengths and an index. */
const FIELD_OVERHEAD = 18;
/** Table size updates at the start of a block. */
const BLOCK_OVERHEAD = 12;

/** No block of this list is longer. `more`: of fields written besides, `name.length + value.length` and 18 each. */
export function encodedBound(list: HeaderList, more: number): number {
    let bytes = BLOCK_OVERHEAD + more;
    for (let index = 0; index < list.length; index += 2) bytes += list[index]!.length + list[index + 1]!.length + FIELD_OVERHEAD;
    return bytes;
}

export class HpackEncoder {
    /** The peer's SETTINGS_HEADER_TABLE_SIZE, 4096 until it says so. We use no more than we want to, and say so (§4.2). */
    setMaxTableBytes(_bytes: number): void {
        throw new Error("being written");
    }

    /** Begins a block: pseudo-fields by `field` or `status`, then `fields`. Gives, as they all do, where the next one is written. */
    begin(_into: Buffer, _at: number): number {
        throw new Error("being written");
    }

    status(_status: number, _into: Buffer, _at: number): number {
        throw new Error("being written");
    }

    /** Names are lower-case. Names and values are Latin1, and have been checked by whoever hands them in. */
    field(_name: string, _value: string, _into: Buffer, _at: number): number {
        throw new Error("being written");
    }

    fields(_list: HeaderList, _into: Buffer, _at: number): number {
        throw new Error("being written");
    }
}
