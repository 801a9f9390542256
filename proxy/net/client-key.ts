/** What is one client: an IPv4 address, or the /64 of an IPv6 one, all of whose addresses are one subscriber's (RFC 6177). */
import { readAddress } from "./ip-address";

export function clientKey(address: string): string {
    if (!address.includes(":")) return address;
    const read = readAddress(address);
    if (read === undefined || read.family !== 6) return address;
    const [high = 0, low = 0] = read.words;
    return `${high.toString(16)}:${low.toString(16)}/64`;
}
