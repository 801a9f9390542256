/** How an address, or a block of them, is written. */
import { BlockList, isIP } from "node:net";

/** An address, or with a `/` a CIDR block. */
export function isAddress(text: string): boolean {
    const slash = text.indexOf("/");
    if (slash < 0) {
        return isIP(text) !== 0;
    }
    // A zone (`fe80::1%eth0`) is an address's alone.
    const family = text.includes("%") ? 0 : isIP(text.slice(0, slash));
    const bits = text.slice(slash + 1);
    return family !== 0 && /^(?:0|[1-9]\d{0,2})$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}

/**
 * An address, or a block of them, by which somebody is let in or believed: without a zone, and all of one family. IPv4 that is written
 * as IPv6 (RFC 4291 §2.5.5.2) begins at its 96th bit: a shorter block would be a good part of IPv6, and nobody means that.
 */
export function isRange(text: string): boolean {
    if (text.includes("%") || !isAddress(text)) return false;
    const [address = "", length = "128"] = text.split("/");
    return isIP(address) === 4 || !MAPPED.check(address, "ipv6") || Number(length) >= 96;
}

const MAPPED = new BlockList();
MAPPED.addSubnet("::ffff:0:0", 96, "ipv6");
