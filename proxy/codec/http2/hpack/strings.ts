/** Strings of octets, between bytes and Latin1 text, and as string literals (RFC 7541 §5.2). */
import { encodeHuffman, huffmanLength } from "./huffman";
import { writeInteger } from "./integers";

const HUFFMAN = 0x80;

/** Up to this length it is cheaper to go from character to character than to call the runtime. */
const SHORT = 8;
const SHORT_TO_WRITE = 32;

/** Beyond it the bytes saved cost more than they are worth. */
const LONGEST_CODED = 64;

const { fromCharCode } = String;

/** The text of these bytes, which owes nothing to the buffer. */
export function latin1(bytes: Buffer, from: number, to: number): string {
    const length = to - from;
    if (length > SHORT) return bytes.toString("latin1", from, to);
    if (length <= 4) return length === 0 ? "" : upToFour(bytes, from, length);
    const start = fromCharCode(bytes[from]!, bytes[from + 1]!, bytes[from + 2]!, bytes[from + 3]!);
    return start + upToFour(bytes, from + 4, length - 4);
}

function upToFour(bytes: Buffer, from: number, length: number): string {
    if (length === 1) return fromCharCode(bytes[from]!);
    if (length === 2) return fromCharCode(bytes[from]!, bytes[from + 1]!);
    if (length === 3) return fromCharCode(bytes[from]!, bytes[from + 1]!, bytes[from + 2]!);
    return fromCharCode(bytes[from]!, bytes[from + 1]!, bytes[from + 2]!, bytes[from + 3]!);
}

/** A copy: a part of a head's text would keep the whole of it alive. */
export function ownText(text: string): string {
    return Buffer.from(text, "latin1").toString("latin1");
}

/** Writes a string literal; gives where the next byte goes: no further on than the string is long, and six. */
export function writeString(text: string, into: Buffer, at: number): number {
    const length = text.length;
    if (length <= LONGEST_CODED) {
        const coded = huffmanLength(text);
        if (coded < length) return encodeHuffman(text, into, writeInteger(into, at, HUFFMAN, 0x7f, coded));
    }
    at = writeInteger(into, at, 0, 0x7f, length);
    if (length > SHORT_TO_WRITE) return at + into.write(text, at, length, "latin1");
    for (let index = 0; index < length; index++) into[at + index] = text.charCodeAt(index);
    return at + length;
}
