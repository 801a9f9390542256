/**
 * The header of the PROXY protocol (HAProxy's proxy-protocol.txt), which says at the beginning of a connection whose it is:
 * version 1 as a line, version 2 in binary. Pure.
 */
import net from "node:net";

/** The two ends of a client's connection: its own, and the one that it came to. */
export interface ConnectionEnds {
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly localAddress: string;
    readonly localPort: number;
    /** What a PROXY protocol's header has said of it besides. */
    readonly tlvs?: readonly Tlv[];
}

/** A part of a header of version 2: `0x02` is the name that the client asked for, and so on. */
export interface Tlv {
    readonly type: number;
    readonly value: Buffer;
}

/** Version 2 begins with it; then comes version and command, family and protocol, and the length of what follows. */
export const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
export const PROXY = 0x21;
export const LOCAL = 0x20;
export const TCP_OVER_IPV4 = 0x11;
export const TCP_OVER_IPV6 = 0x21;

/** `ends`: undefined where it is nobody's but ours. */
export function proxyHeader(version: "V1" | "V2", ends: ConnectionEnds | undefined): Buffer {
    const known = ends !== undefined && net.isIP(bare(ends.remoteAddress)) !== 0 && net.isIP(bare(ends.localAddress)) !== 0;
    if (version === "V1") return Buffer.from(known ? line(ends) : "PROXY UNKNOWN\r\n", "latin1");
    return known ? binary(ends) : Buffer.concat([SIGNATURE, Buffer.from([LOCAL, 0, 0, 0])]);
}

function line({ remoteAddress, remotePort, localAddress, localPort }: ConnectionEnds): string {
    const family = areIpv4(remoteAddress, localAddress) ? 4 : 6;
    return `PROXY TCP${family} ${inFamily(remoteAddress, family)} ${inFamily(localAddress, family)} ${remotePort} ${localPort}\r\n`;
}

function binary({ remoteAddress, remotePort, localAddress, localPort, tlvs = [] }: ConnectionEnds): Buffer {
    const isIpv4 = areIpv4(remoteAddress, localAddress);
    const addresses = [remoteAddress, localAddress].map((address) => (isIpv4 ? octetsOf4(bare(address)) : octetsOf6(inFamily(address, 6))));
    const rest = Buffer.alloc(4);
    rest.writeUInt16BE(remotePort, 0);
    rest.writeUInt16BE(localPort, 2);
    const body = Buffer.concat([...addresses, rest, ...tlvs.map(tlvBytes)]);
    const head = Buffer.from([PROXY, isIpv4 ? TCP_OVER_IPV4 : TCP_OVER_IPV6, body.length >> 8, body.length & 0xff]);
    return Buffer.concat([SIGNATURE, head, body]);
}

function tlvBytes({ type, value }: Tlv): Buffer {
    return Buffer.concat([Buffer.from([type, value.length >> 8, value.length & 0xff]), value]);
}

/** Without the zone of a link; an IPv4 address as itself. */
function bare(address: string): string {
    return address.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
}

function areIpv4(...addresses: readonly string[]): boolean {
    return addresses.every((address) => net.isIPv4(bare(address)));
}

/** An IPv4 address beside one of IPv6 is one of IPv6 too (RFC 4291 §2.5.5.2). */
function inFamily(address: string, family: 4 | 6): string {
    const own = bare(address);
    return family === 6 && net.isIPv4(own) ? `::ffff:${own}` : own;
}

function octetsOf4(address: string): Buffer {
    return Buffer.from(address.split(".").map(Number));
}

function octetsOf6(address: string): Buffer {
    const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(address);
    const text = dotted
        ? `${dotted[1]}${octetsOf4(dotted[2]!)
              .toString("hex")
              .replace(/^(.{4})/, "$1:")}`
        : address;
    const [head = "", tail] = text.split("::");
    const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
    const [before, behind] = [groups(head), groups(tail ?? "")];
    const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - behind.length }, () => "0");
    return Buffer.from([...before, ...zeros, ...behind].map((group) => group.padStart(4, "0")).join(""), "hex");
}
