/** Hashes of texts, of 32 bits, the same in every worker and every release. Hot path: integers alone. */

/** FNV-1a over the bytes of a text that has one character a byte, or over its characters. */
export function hashText(text: string): number {
    let hash = 0x811c9dc5;
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    return mix(hash);
}

/** Spreads what differs in few bits over all of them (the finalizer of MurmurHash3). */
export function mix(value: number): number {
    let bits = value;
    bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
    bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
    return (bits ^ (bits >>> 16)) >>> 0;
}
