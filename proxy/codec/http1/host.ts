/** The Host grammar (RFC 9110 §7.2, RFC 3986 §3.2.2): a registered name or an IP literal, and a port; never userinfo. */
import net from "node:net";
import { COLON, HEX, PERCENT, REG_NAME } from "./bytes";

const MAX_PORT = 65535;
const DOT = 0x2e;
const ZERO = 0x30;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/** Octets and labels of a name (RFC 1035 §2.3.4), and so of any host that somebody can be asked for. */
const MAX_NAME_BYTES = 253;
const MAX_LABELS = 127;
const MAX_PORT_BYTES = 6;

/**
 * Whether these bytes are a host with an optional port, and no longer than one can be. An empty one is the Host of a target
 * without an authority (RFC 9112 §3.2).
 */
export function isHost(buffer: Buffer, from: number, to: number): boolean {
    // A dot at the end makes a name absolute and is none of its octets.
    if (to - from > MAX_NAME_BYTES + 1 + MAX_PORT_BYTES) return false;
    const end = buffer[from] === OPENING_BRACKET ? literalEnd(buffer, from, to) : nameEnd(buffer, from, to);
    return (end > from || from === to) && end - from <= MAX_NAME_BYTES + Number(buffer[end - 1] === DOT) && isPort(buffer, end, to);
}

/** The target of CONNECT: a host, and a port that somebody can be asked on. */
export function isHostAndPort(buffer: Buffer, from: number, to: number): boolean {
    const colon = buffer.lastIndexOf(COLON, to - 1);
    if (colon <= from || colon >= to - 1 || !isHost(buffer, from, to)) return false;
    for (let at = colon + 1; at < to; at++) if (buffer[at] !== ZERO) return buffer[colon - 1] !== COLON;
    return false;
}

function nameEnd(buffer: Buffer, from: number, to: number): number {
    let at = from;
    let dots = 0;
    while (at < to) {
        const byte = buffer[at]!;
        if (byte === DOT && ++dots > MAX_LABELS) return -1;
        if (REG_NAME[byte] === 1) at++;
        else if (byte === PERCENT && at + 2 < to && HEX[buffer[at + 1]!] !== 255 && HEX[buffer[at + 2]!] !== 255) at += 3;
        else break;
    }
    return at;
}

/** IPv6 only: IPvFuture has no address yet, and a zone would be meant for the client's own machine (RFC 6874 §1). */
function literalEnd(buffer: Buffer, from: number, to: number): number {
    const close = buffer.indexOf(CLOSING_BRACKET, from);
    if (close < 0 || close >= to) return -1;
    const address = buffer.toString("latin1", from + 1, close);
    return !address.includes("%") && net.isIPv6(address) ? close + 1 : -1;
}

function isPort(buffer: Buffer, from: number, to: number): boolean {
    if (from === to) return true;
    if (buffer[from] !== COLON || to - from > 6) return false;
    let port = 0;
    for (let at = from + 1; at < to; at++) {
        const digit = buffer[at]! - 0x30;
        if (digit < 0 || digit > 9) return false;
        port = port * 10 + digit;
    }
    return port <= MAX_PORT;
}
