/** CRC-32C (RFC 3720 §12.1), which a header of the PROXY protocol may be checked by. */

const POLYNOMIAL = 0x82f63b78;
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
    return value;
});

export function crc32c(bytes: Uint8Array): number {
    let value = 0xffffffff;
    for (let at = 0; at < bytes.length; at++) value = TABLE[(value ^ bytes[at]!) & 0xff]! ^ (value >>> 8);
    return (value ^ 0xffffffff) >>> 0;
}
