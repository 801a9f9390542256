/** What requests have in common that share a bucket, as a number. Hot path: no allocation. */
import { addNumber, addText, beginKey, endKey, type Seed } from "../limits";
import { firstBits, readAddress } from "../net/ip-address";
import { claimAt } from "../snapshot";
import type { RateLimitEntry } from "../tables";
import type { ExchangeState } from "./exchange-state";
import { onlyCookieIn } from "./token-places";

type Key = NonNullable<RateLimitEntry["key"]>;

/**
 * Those that do not say what is asked for are as one: nobody has a bucket of their own by leaving it out, nor by saying it several times,
 * of which a backend may read another one than is counted here.
 */
export function limitKey(state: ExchangeState, key: Key | undefined, seed: Seed): number {
    if (key === undefined) return 0;
    beginKey(seed);
    if (key.address !== undefined) addAddress(state.remoteAddress, key.address);
    if (key.header !== undefined) addHeader(state, key.header);
    if (key.cookie !== undefined) addText(onlyCookieIn(state.headers, key.cookie));
    if (key.claim !== undefined) addText(claimText(state, key.claim));
    return endKey();
}

function addAddress(address: string, { ipv4, ipv6 }: NonNullable<Key["address"]>): void {
    const read = readAddress(address);
    if (read === undefined) return addText(address);
    addNumber(read.family);
    if (read.family === 4) return addNumber(firstBits(read.words[3]!, ipv4));
    for (let word = 0, bits = ipv6; bits > 0; word++, bits -= 32) addNumber(firstBits(read.words[word]!, bits));
}

/** Of several lines all. The host is no line of the list, and one however it is written. */
function addHeader({ headers, host }: ExchangeState, name: string): void {
    if (name === "host") return addText(host);
    let isThere = false;
    for (let at = 0; at < headers.length; at += 2) {
        if (headers[at] !== name) continue;
        addText(headers[at + 1]!);
        isThere = true;
    }
    if (!isThere) addText("");
}

function claimText({ payload }: ExchangeState, path: readonly string[]): string {
    const value = payload === undefined ? undefined : claimAt(payload, path);
    if (value === undefined) return "";
    return typeof value === "string" ? value : JSON.stringify(value);
}
