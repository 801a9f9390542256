/**
 * Address ranges, compiled: those of IPv4 as intervals in order, which are looked up, those of IPv6 one after the other.
 * An IPv6 range has no IPv4 address in it, whatever its length (Envoy). Hot path: no allocation.
 */
import { readAddress } from "./ip-address";

export interface Networks {
    /** First and last of each interval, in order, none touching the next. */
    readonly first: Uint32Array;
    readonly last: Uint32Array;
    /** Four words and the length of each. */
    readonly version6: Uint32Array;
}

interface Range {
    readonly address: string;
    readonly length: number;
}

/** Of an address, or a block of them, as it is written. */
export function networkOf(text: string): Range {
    const [address = "", length] = text.split("/");
    return { address, length: length === undefined ? (address.includes(":") ? 128 : 32) : Number(length) };
}

/** Throws for what is no range. */
export function bindNetworks(ranges: readonly Range[]): Networks {
    const intervals: [number, number][] = [];
    const version6: number[] = [];
    for (const { address, length } of ranges) {
        const read = readAddress(address);
        const is6 = address.includes(":");
        if (read === undefined || !Number.isInteger(length) || length < 0 || length > (is6 ? 128 : 32))
            throw new Error(`${address}/${length} is no range of addresses`);
        // One that is written as IPv6 and begins before IPv4 does is a part of IPv6, in which no IPv4 address is (Envoy).
        if (read.family === 6 || (is6 && length < 96)) version6.push(...read.words, length);
        else {
            // An IPv4 address that is written as an IPv6 one has its length so too.
            const size = 2 ** (32 - (is6 ? length - 96 : length));
            const start = Math.floor(read.words[3]! / size) * size;
            intervals.push([start, start + size - 1]);
        }
    }
    const merged = mergedIntervals(intervals);
    return {
        first: Uint32Array.from(merged, ([first]) => first),
        last: Uint32Array.from(merged, ([, last]) => last),
        version6: Uint32Array.from(version6),
    };
}

function mergedIntervals(intervals: readonly (readonly [number, number])[]): [number, number][] {
    const merged: [number, number][] = [];
    for (const [first, last] of [...intervals].sort(([a], [b]) => a - b)) {
        const before = merged.at(-1);
        if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
        else merged.push([first, last]);
    }
    return merged;
}

/** What is no address is in no range. */
export function isWithin({ first, last, version6 }: Networks, address: string): boolean {
    const read = readAddress(address);
    if (read === undefined) return false;
    if (read.family === 4) {
        const value = read.words[3]!;
        let low = 0;
        let high = first.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (value > last[middle]!) low = middle + 1;
            else high = middle;
        }
        return low < first.length && value >= first[low]!;
    }
    for (let at = 0; at < version6.length; at += 5) if (isCovered(version6, at, read.words)) return true;
    return false;
}

function isCovered(ranges: Uint32Array, at: number, words: Readonly<Uint32Array>): boolean {
    let bits = ranges[at + 4]!;
    for (let word = 0; bits > 0; word++, bits -= 32) {
        const difference = ranges[at + word]! ^ words[word]!;
        if (bits >= 32 ? difference !== 0 : difference >>> (32 - bits) !== 0) return false;
    }
    return true;
}
