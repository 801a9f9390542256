/** The Host grammar (RFC 9110 §7.2, RFC 3986 §3.2.2): a registered name or an IP literal, and a port; never userinfo. */
import net from "node:net";
import { COLON, HEX, PERCENT, REG_NAME } from "./bytes";

const MAX_PORT = 65535;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/** Whether these bytes are a host with an optional port. An empty host is none: a gateway could route it nowhere. */
export function isHost(buffer: Buffer, from: number, to: number): boolean {
    const end = buffer[from] === OPENING_BRACKET ? literalEnd(buffer, from, to) : nameEnd(buffer, from, to);
    return end > from && isPort(buffer, end, to);
}

function nameEnd(buffer: Buffer, from: number, to: number): number {
    let at = from;
    while (at < to) {
        const byte = buffer[at]!;
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
