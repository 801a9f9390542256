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

let low = 0;
let high = 0;

export function beginKey({ first, second }: Seed): void {
    low = first | 0;
    high = second | 0;
}

/** Each part begins with what those before it came to, so that none runs over into the next. */
export function addText(text: string): void {
    let v0 = low;
    let v1 = high;
    let v2 = low ^ 0x6c796765;
    let v3 = high ^ 0x74656462 ^ 0xee;
    const { length } = text;
    for (let at = 0; at <= length; at += 2) {
        // Two characters a word; the last word has the length.
        const word =
            at + 1 < length
                ? text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16)
                : at < length
                  ? text.charCodeAt(at) | (length << 16)
                  : length << 16;
        v3 ^= word;
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
        v0 ^= word;
    }
    finish(v0, v1, v2, v3);
}

export function addNumber(word: number): void {
    const value = word | 0;
    let v0 = low;
    let v1 = high;
    let v2 = low ^ 0x6c796765;
    let v3 = high ^ 0x74656462 ^ value;
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
    finish(v0 ^ value, v1, v2, v3);
}

/** Of all parts. */
export function endKey(): number {
    return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
}

function finish(a: number, b: number, c: number, d: number): void {
    let v0 = a;
    let v1 = b;
    let v2 = c ^ 0xff;
    let v3 = d;
    for (let round = 0; round < 3; round++) {
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
    }
    low = v1 ^ v3;
    high = v0 ^ v2;
}
