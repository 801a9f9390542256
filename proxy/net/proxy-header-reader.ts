/**
 * Reads the header of the PROXY protocol (HAProxy's proxy-protocol.txt) at the beginning of a connection. Strict, as whose a
 * connection is must not depend on how a header is spelled: what is no header, or a wrong one, is nobody's. Pure.
 */
import net from "node:net";
import { crc32c } from "./crc32c";
import { inOneForm, readAddress, writtenAddress } from "./ip-address";
import { LOCAL, PROXY, SIGNATURE, TCP_OVER_IPV4, TCP_OVER_IPV6, type ConnectionEnds, type Tlv } from "./proxy-header";

export interface PresentedHeader {
    readonly version: 1 | 2;
    /** Undefined: the connection is the sender's own, as a health check's is (LOCAL, UNKNOWN). */
    readonly ends: ConnectionEnds | undefined;
    /** In order of arrival, without padding and checksum. */
    readonly tlvs: readonly Tlv[];
}

export type HeaderResult =
    /** It may still become one. */
    | { readonly kind: "more" }
    /** The connection begins with something else. */
    | { readonly kind: "none" }
    | { readonly kind: "malformed"; readonly why: string }
    /** `length`: how many bytes it takes up. */
    | { readonly kind: "header"; readonly header: PresentedHeader; readonly length: number };

const LINE_START = Buffer.from("PROXY ", "latin1");
/** Its CRLF included. */
const LONGEST_LINE = 107;
/** Of version 2: signature, command, family, length. */
const FIXED_BYTES = 16;
/** Of all that a header of version 2 may announce: with a client's certificate it has some KiB. */
export const MAX_ANNOUNCED_BYTES = 16 * 1024;
/** Seven fit the longest address beside each other; nobody sends more than a dozen. */
const MAX_TLVS = 64;

const MORE = { kind: "more" } as const;
const NONE = { kind: "none" } as const;
const CR = 0x0d;
const LF = 0x0a;

/** `bytes`: all that has come so far. */
export function readProxyHeader(bytes: Buffer): HeaderResult {
    if (bytes.length === 0) return MORE;
    if (beginsWith(bytes, SIGNATURE)) return bytes.length < FIXED_BYTES ? MORE : binary(bytes);
    if (beginsWith(bytes, LINE_START)) return line(bytes);
    return NONE;
}

/** As far as both go. */
function beginsWith(bytes: Buffer, wanted: Buffer): boolean {
    const length = Math.min(bytes.length, wanted.length);
    return bytes.compare(wanted, 0, length, 0, length) === 0;
}

function malformed(why: string): HeaderResult {
    return { kind: "malformed", why };
}

// --- version 1 -----------------------------------------------------------------------------------------------------

function line(bytes: Buffer): HeaderResult {
    const most = Math.min(bytes.length, LONGEST_LINE);
    const end = bytes.subarray(0, most).indexOf(CR);
    if (end === -1) return most === LONGEST_LINE ? malformed("its line has no end") : MORE;
    if (end + 1 === LONGEST_LINE) return malformed("its line is too long");
    if (end + 1 === bytes.length) return MORE;
    if (bytes[end + 1] !== LF) return malformed("its line does not end with CR LF");
    const text = bytes.toString("latin1", LINE_START.length, end);
    const length = end + 2;
    if (text === "UNKNOWN" || text.startsWith("UNKNOWN "))
        return { kind: "header", header: { version: 1, ends: undefined, tlvs: [] }, length };
    const [family, from = "", to = "", fromPort = "", toPort = "", ...more] = text.split(" ");
    const isFamily = family === "TCP4" ? net.isIPv4 : family === "TCP6" ? isIpv6 : undefined;
    if (isFamily === undefined) return malformed("its family is none of TCP4, TCP6 and UNKNOWN");
    if (more.length > 0 || !isFamily(from) || !isFamily(to) || !isPort(fromPort) || !isPort(toPort))
        return malformed(`its line is no pair of addresses and ports of ${family}`);
    return presented(1, from, Number(fromPort), to, Number(toPort), [], length);
}

/** Of a zone only its host knows. */
function isIpv6(text: string): boolean {
    return net.isIPv6(text) && !text.includes("%");
}

function isPort(text: string): boolean {
    return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff;
}

// --- version 2 -----------------------------------------------------------------------------------------------------

const UNSPECIFIED = 0x00;
/** Two addresses and two ports. */
const IPV4_BYTES = 12;
const IPV6_BYTES = 36;

function binary(bytes: Buffer): HeaderResult {
    const command = bytes[12]!;
    const family = bytes[13]!;
    const announced = bytes.readUInt16BE(14);
    if (command !== LOCAL && command !== PROXY) return malformed("its version or command is unknown");
    if (announced > MAX_ANNOUNCED_BYTES) return malformed(`it announces ${announced} bytes, more than the ${MAX_ANNOUNCED_BYTES} taken`);
    const length = FIXED_BYTES + announced;
    const isOwn = command === LOCAL || family === UNSPECIFIED;
    const addressBytes = isOwn ? 0 : family === TCP_OVER_IPV4 ? IPV4_BYTES : family === TCP_OVER_IPV6 ? IPV6_BYTES : -1;
    if (addressBytes === -1) return malformed("its family is none of TCP over IPv4 and IPv6");
    if (announced < addressBytes) return malformed("it is too short for its addresses");
    if (bytes.length < length) return MORE;
    // What is behind LOCAL is to be skipped, whatever it is.
    if (command === LOCAL) return { kind: "header", header: { version: 2, ends: undefined, tlvs: [] }, length };
    const tlvs = readTlvs(bytes, FIXED_BYTES + addressBytes, length);
    if (typeof tlvs === "string") return malformed(tlvs);
    if (isOwn) return { kind: "header", header: { version: 2, ends: undefined, tlvs }, length };
    const size = family === TCP_OVER_IPV4 ? 4 : 16;
    const ports = FIXED_BYTES + 2 * size;
    const address = (at: number): string => addressAt(bytes.subarray(at, at + size));
    return presented(
        2,
        address(FIXED_BYTES),
        bytes.readUInt16BE(ports),
        address(FIXED_BYTES + size),
        bytes.readUInt16BE(ports + 2),
        tlvs,
        length,
    );
}

function addressAt(octets: Buffer): string {
    if (octets.length === 4) return octets.join(".");
    return (octets.toString("hex").match(/.{4}/g) ?? []).join(":");
}

const CHECKSUM = 0x03;
const PADDING = 0x04;

/** Or why they are none. */
function readTlvs(bytes: Buffer, from: number, to: number): readonly Tlv[] | string {
    const tlvs: Tlv[] = [];
    for (let at = from; at < to; ) {
        if (at + 3 > to) return "a TLV has no length";
        const type = bytes[at]!;
        const start = at + 3;
        const end = start + bytes.readUInt16BE(at + 1);
        if (end > to) return "a TLV is longer than what is left of the header";
        if (type === CHECKSUM) {
            if (end - start !== 4) return "its checksum has not four bytes";
            if (checksumWithout(bytes, start, to) !== bytes.readUInt32BE(start)) return "its checksum is wrong";
        } else if (type !== PADDING) {
            if (tlvs.length === MAX_TLVS) return `it has more than ${MAX_TLVS} TLVs`;
            // A copy: what it came in is somebody else's afterwards.
            tlvs.push({ type, value: Buffer.from(bytes.subarray(start, end)) });
        }
        at = end;
    }
    return tlvs;
}

function checksumWithout(bytes: Buffer, at: number, length: number): number {
    const whole = Buffer.from(bytes.subarray(0, length));
    whole.fill(0, at, at + 4);
    return crc32c(whole);
}

// --- both ----------------------------------------------------------------------------------------------------------

function presented(
    version: 1 | 2,
    from: string,
    remotePort: number,
    to: string,
    localPort: number,
    tlvs: readonly Tlv[],
    length: number,
): HeaderResult {
    if (!isOfOneHost(from) || !isOfOneHost(to)) return malformed("an address of it is no single host's");
    const ends = {
        remoteAddress: inOneForm(from),
        remotePort,
        localAddress: inOneForm(to),
        localPort,
        ...(tlvs.length > 0 ? { tlvs } : {}),
    };
    return { kind: "header", header: { version, ends, tlvs }, length };
}

/** TCP goes from one host to one host: nobody, everybody and groups are none (Envoy). */
function isOfOneHost(address: string): boolean {
    const read = readAddress(address);
    if (read === undefined) return false;
    const text = writtenAddress(read);
    if (read.family === 4) return text !== "0.0.0.0" && text !== "255.255.255.255" && read.words[3]! >>> 28 !== 0xe;
    return text !== "::" && read.words[0]! >>> 24 !== 0xff;
}
