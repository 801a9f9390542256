/** Integers with a prefix (RFC 7541 §5.1), up to 2^31 - 1: nothing that they count here is larger. */

const CONTINUES = 0x80;
const MAX_INTEGER = 0x7fff_ffff;
/** 35 bits: enough for every integer that we take, with the leading zeros that some encoders write. */
const MAX_OCTETS = 5;

/** Just behind the integer that was read last. */
export const cursor = { at: 0 };

/** The rest of an integer whose prefix is all ones, read at `at`. -1: larger than 2^31 - 1, too long, or cut off. */
export function readInteger(bytes: Buffer, at: number, end: number, prefix: number): number {
    let value = prefix;
    let scale = 1;
    const last = Math.min(end, at + MAX_OCTETS);
    while (at < last) {
        const byte = bytes[at++]!;
        value += (byte & 0x7f) * scale;
        if (value > MAX_INTEGER) return -1;
        if (byte < CONTINUES) {
            cursor.at = at;
            return value;
        }
        scale *= 128;
    }
    return -1;
}

/** Writes an integer behind the bits of `first`, whose prefix is `mask`; gives where the next byte goes: at most 6 on. */
export function writeInteger(into: Buffer, at: number, first: number, mask: number, value: number): number {
    if (value < mask) {
        into[at] = first | value;
        return at + 1;
    }
    into[at++] = first | mask;
    let rest = value - mask;
    while (rest >= CONTINUES) {
        into[at++] = (rest & 0x7f) | CONTINUES;
        rest >>>= 7;
    }
    into[at] = rest;
    return at + 1;
}
