/**
 * What clients choose, as numbers of 53 bits: nothing of it is kept, and nobody who does not know the proxy's seed can choose
 * two that are the same (HalfSipHash-1-3; J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF"). Hot path:
 * integers alone.
 */

import { randomBytes } from "node:crypto";

/** Two words that nobody else knows. */
export interface Seed {
    readonly first: number;
    readonly second: number;
}

export function randomSeed(): Seed {
    const bytes = randomBytes(8);
    return { first: bytes.readInt32LE(0), second: bytes.readInt32LE(4) };
}

/** What all parts until here came to. */
let low = 0;
let high = 0;
/** The state while a part is added. */
const v = new Int32Array(4);

export function beginKey({ first, second }: Seed): void {
    low = first | 0;
    high = second | 0;
}

/** Each part begins with what those before it came to, so that none runs over into the next. */
export function addText(text: string): void {
    begin(0xee);
    const { length } = text;
    for (let at = 0; at <= length; at += 2) {
        // Two characters a word; the last word has the length.
        addWord(
            at + 1 < length
                ? text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
                : at < length
                  ? text.charCodeAt(at) | (length << 16)
                  : length << 16,
        );
    }
    finish();
}

export function addNumber(word: number): void {
    begin(0);
    addWord(word);
    finish();
}

/** Of all parts. */
export function endKey(): number {
    return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}

/** `kind`: of the part, so that a text is no number. */
function begin(kind: number): void {
    v[0] = low;
    v[1] = high;
    v[2] = low ^ 0x6c796765;
    v[3] = high ^ 0x74656462 ^ kind;
}

function addWord(word: number): void {
    v[3]! ^= word;
    round();
    v[0]! ^= word;
}

function finish(): void {
    v[2]! ^= 0xff;
    round();
    round();
    round();
    low = v[1]! ^ v[3]!;
    high = v[0]! ^ v[2]!;
}

function round(): void {
    let v0 = v[0]!;
    let v1 = v[1]!;
    let v2 = v[2]!;
    let v3 = v[3]!;
    v0 = (v0 + v1) | 0;
    v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
    v0 = (v0 << 16) | (v0 >>> 16);
    v2 = (v2 + v3) | 0;
    v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
    v0 = (v0 + v3) | 0;
    v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
    v2 = (v2 << 16) | (v2 >>> 16);
    v[0] = v0;
    v[1] = v1;
    v[2] = v2;
    v[3] = v3;
}
