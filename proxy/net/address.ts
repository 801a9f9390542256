/** Addresses as logs and headers write them. */

/** An IPv4 client of a dual-stack listener is `::ffff:1.2.3.4` to the socket (RFC 4291 §2.5.5.2) and 1.2.3.4 to everybody else. */
export function plainAddress(address: string | undefined): string {
    if (!address) return "";
    return address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}

/** An IPv6 address in brackets, as URLs have it, is one without them to whoever connects; everything else stays as it is. */
export function withoutBrackets(host: string): string {
    return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}

/** `1.2.3.4:80`, `[::1]:80`; empty where there is no address. */
export function addressText(address: string | undefined, port: number | undefined): string {
    const plain = plainAddress(address);
    if (plain === "") return "";
    return plain.includes(":") ? `[${plain}]:${port ?? 0}` : `${plain}:${port ?? 0}`;
}
