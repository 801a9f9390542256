/** How an address, or a block of them, is written. */
import { isIP } from "node:net";

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
