/**
 * Addresses that lead inside: to this machine, its network, its cloud, or nowhere. A name that a stranger has chosen may not
 * come out at one of them (IANA's registries of special-purpose addresses, RFC 6890; what clouds have besides). An address that
 * carries an IPv4 address within it is judged by that one, where packets to it end there.
 *
 * Pure: one table and one function.
 */
import { readAddress } from "./ip-address";

export type InnerKind =
    | "no address"
    | "unspecified"
    | "loopback"
    | "private"
    | "link-local"
    | "shared"
    | "metadata"
    | "multicast"
    | "reserved"
    | "tunnelled";

const VERSION_4: readonly (readonly [address: string, length: number, kind: InnerKind])[] = [
    ["0.0.0.0", 8, "unspecified"],
    ["10.0.0.0", 8, "private"],
    ["100.64.0.0", 10, "shared"],
    ["127.0.0.0", 8, "loopback"],
    ["168.63.129.16", 32, "metadata"],
    ["169.254.0.0", 16, "link-local"],
    ["172.16.0.0", 12, "private"],
    ["192.0.0.0", 24, "reserved"],
    ["192.0.2.0", 24, "reserved"],
    ["192.88.99.0", 24, "tunnelled"],
    ["192.168.0.0", 16, "private"],
    ["198.18.0.0", 15, "reserved"],
    ["198.51.100.0", 24, "reserved"],
    ["203.0.113.0", 24, "reserved"],
    ["224.0.0.0", 4, "multicast"],
    ["240.0.0.0", 4, "reserved"],
];

/** The first that covers an address counts. What none covers and is not within 2000::/3 is nobody's. */
const VERSION_6: readonly (readonly [address: string, length: number, kind: InnerKind | "embedded"])[] = [
    ["::", 128, "unspecified"],
    ["::1", 128, "loopback"],
    // IPv4-compatible (RFC 4291 §2.5.5.1), which systems once took for the IPv4 address.
    ["::", 96, "tunnelled"],
    // Translated by a gateway of the network (RFC 6052, RFC 8215, RFC 2765).
    ["64:ff9b::", 96, "embedded"],
    ["64:ff9b:1::", 48, "tunnelled"],
    ["::ffff:0:0:0", 96, "embedded"],
    ["fc00::", 7, "private"],
    ["fe80::", 10, "link-local"],
    ["fec0::", 10, "private"],
    ["ff00::", 8, "multicast"],
    // Teredo and what else was set apart (RFC 2928), 6to4, and what is for books.
    ["2001::", 32, "tunnelled"],
    ["2001::", 23, "reserved"],
    ["2001:db8::", 32, "reserved"],
    ["2002::", 16, "tunnelled"],
    ["3fff::", 20, "reserved"],
    ["2000::", 3, "embedded"],
];

/** The middle of an interface identifier of ISATAP (RFC 5214): an IPv4 address follows. */
const ISATAP = [0x0000_5efe, 0x0200_5efe];

interface Range<Kind> {
    readonly words: Uint32Array;
    readonly length: number;
    readonly kind: Kind;
}

const RANGES_4 = VERSION_4.map(rangeOf);
const RANGES_6 = VERSION_6.map(rangeOf);

function rangeOf<Kind>([address, length, kind]: readonly [address: string, length: number, kind: Kind]): Range<Kind> {
    return { words: Uint32Array.from(readAddress(address)!.words), length, kind };
}

/** Undefined: it is somebody's outside. */
export function innerKind(address: string): InnerKind | undefined {
    const read = readAddress(address);
    if (read === undefined) return "no address";
    return read.family === 4 ? kindOf4(read.words[3]!) : kindOf6(read.words);
}

function kindOf4(value: number): InnerKind | undefined {
    return RANGES_4.find(({ words, length }) => startsAlike(value, words[3]!, length))?.kind;
}

function kindOf6(words: Readonly<Uint32Array>): InnerKind | undefined {
    const range = RANGES_6.find((one) => isCovered(one, words));
    if (range === undefined) return "reserved";
    if (range.kind !== "embedded") return range.kind;
    const carries = range.length === 96 || ISATAP.includes(words[2]!);
    return carries ? kindOf4(words[3]!) : undefined;
}

function isCovered({ words, length }: Range<unknown>, address: Readonly<Uint32Array>): boolean {
    for (let word = 0, bits = length; bits > 0; word++, bits -= 32)
        if (!startsAlike(address[word]!, words[word]!, Math.min(bits, 32))) return false;
    return true;
}

function startsAlike(one: number, other: number, bits: number): boolean {
    return (one ^ other) >>> (32 - bits) === 0;
}
