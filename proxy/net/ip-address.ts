/**
 * IP addresses as numbers. An IPv4 address that is written as an IPv6 one (RFC 4291 §2.5.5.2) is the IPv4 address: who is
 * kept out by one spelling is kept out by the other.
 *
 * Hot path: no allocation; what was read last stands here until the next is read.
 */

const COLON = 0x3a;
const DOT = 0x2e;

/** 4, 6; 0: it was no address. */
let family: 0 | 4 | 6 = 0;
/** Of IPv6 all four, of IPv4 the last. */
const words = new Uint32Array(4);
const groups = new Uint16Array(8);
let last = "";

export interface ReadAddress {
    readonly family: 4 | 6;
    readonly words: Readonly<Uint32Array>;
}
const READ = { family: 4 as 4 | 6, words };

/** To be looked at before the next is read. Undefined: no address. */
export function readAddress(text: string): ReadAddress | undefined {
    if (text !== last) {
        last = text;
        family = text.includes(":") ? readVersion6(text) : readVersion4(text, 0) ? 4 : 0;
        READ.family = family === 6 ? 6 : 4;
    }
    return family === 0 ? undefined : READ;
}

/** So many bits of a word from the first on, the others 0; fewer than one: 0. */
export function firstBits(word: number, bits: number): number {
    return bits >= 32 ? word : bits <= 0 ? 0 : word & (-1 << (32 - bits));
}

/** The network of so many bits, at most all, that an address is in, as `10.1.0.0/16`; undefined: it is no address. */
export function networkText(address: string, most: number): string | undefined {
    const read = readAddress(address);
    if (read === undefined) return undefined;
    const bits = Math.min(most, read.family === 4 ? 32 : 128);
    const cut = Uint32Array.from(read.words);
    for (let word = read.family === 4 ? 3 : 0, left = bits; word < 4; word++, left -= 32) cut[word] = firstBits(cut[word]!, left);
    return `${writtenAddress({ family: read.family, words: cut })}/${bits}`;
}

/** However it is spelled: `::ffff:127.0.0.1` is 127.0.0.1. What is no address stays as it is. */
export function inOneForm(address: string): string {
    const read = readAddress(address);
    return read === undefined ? address : writtenAddress(read);
}

/** In the one way to write it (RFC 5952). */
export function writtenAddress({ family: version, words: numbers }: ReadAddress): string {
    if (version === 4) {
        const value = numbers[3]!;
        return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}`;
    }
    const [gap, length] = longestZeros(numbers);
    let text = "";
    for (let at = 0; at < 8; at++) {
        if (at === gap) {
            text += "::";
            at += length - 1;
        } else text += `${at === 0 || text.endsWith("::") ? "" : ":"}${groupAt(numbers, at).toString(16)}`;
    }
    return text;
}

function groupAt(numbers: Readonly<Uint32Array>, at: number): number {
    const word = numbers[at >> 1]!;
    return (at & 1) === 0 ? word >>> 16 : word & 0xffff;
}

/** The first of the longest runs; one group alone is none. */
function longestZeros(numbers: Readonly<Uint32Array>): readonly [from: number, length: number] {
    let from = -1;
    let longest = 1;
    let run = 0;
    for (let at = 0; at < 8; at++) {
        run = groupAt(numbers, at) === 0 ? run + 1 : 0;
        if (run > longest) {
            longest = run;
            from = at - run + 1;
        }
    }
    return [from, longest];
}

/** Four decimal numbers below 256, without leading zeros, from there to the end. */
function readVersion4(text: string, from: number): boolean {
    let value = 0;
    let parts = 0;
    let part = -1;
    for (let at = from; at <= text.length; at++) {
        const code = at === text.length ? DOT : text.charCodeAt(at);
        if (code === DOT) {
            if (part === -1 || ++parts > 4) return false;
            value = value * 256 + part;
            part = -1;
        } else if (code >= 0x30 && code <= 0x39) {
            if (part === 0) return false;
            part = (part === -1 ? 0 : part * 10) + code - 0x30;
            if (part > 255) return false;
        } else return false;
    }
    words[3] = value;
    return parts === 4;
}

function readVersion6(text: string): 0 | 4 | 6 {
    const percent = text.indexOf("%");
    const end = percent === -1 ? text.length : percent;
    let count = 0;
    let gap = -1;
    let at = 0;
    if (text.charCodeAt(0) === COLON) {
        if (text.charCodeAt(1) !== COLON) return 0;
        gap = 0;
        at = 2;
    }
    while (at < end) {
        if (count === 8) return 0;
        const colon = text.indexOf(":", at);
        const stop = colon === -1 || colon > end ? end : colon;
        if (stop === end && percent === -1 && text.includes(".")) {
            if (count > 6 || !readVersion4(text, at)) return 0;
            groups[count++] = words[3]! >>> 16;
            groups[count++] = words[3]! & 0xffff;
            break;
        }
        const value = hexGroup(text, at, stop);
        if (value === -1) return 0;
        groups[count++] = value;
        at = stop;
        if (at === end) break;
        at++;
        if (at === end) return 0;
        if (text.charCodeAt(at) === COLON) {
            if (gap !== -1) return 0;
            gap = count;
            at++;
        }
    }
    if (gap === -1 ? count !== 8 : count > 7) return 0;
    return fill(count, gap === -1 ? count : gap);
}

function hexGroup(text: string, from: number, to: number): number {
    if (to === from || to - from > 4) return -1;
    let value = 0;
    for (let at = from; at < to; at++) {
        const code = text.charCodeAt(at) | 0x20;
        const digit = code >= 0x61 && code <= 0x66 ? code - 0x57 : code >= 0x30 && code <= 0x39 ? code - 0x30 : -1;
        // A control character is no digit, though it is one but for a bit.
        if (digit === -1 || text.charCodeAt(at) < 0x30) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/** Zeros stand in the gap. */
function fill(count: number, gap: number): 4 | 6 {
    for (let at = 7, from = count - 1; at >= 0; at--) {
        const isTail = at >= 8 - (count - gap);
        const group = isTail ? groups[from--]! : at < gap ? groups[at]! : 0;
        groups[at] = group;
    }
    for (let at = 0; at < 4; at++) words[at] = (groups[at * 2]! << 16) | groups[at * 2 + 1]!;
    return words[0] === 0 && words[1] === 0 && words[2] === 0xffff ? 4 : 6;
}
