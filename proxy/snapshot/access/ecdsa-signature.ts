/**
 * An ECDSA signature as tokens bear it (RFC 7518 §3.4: both numbers one behind the other, each as long as the curve's) in the
 * form that OpenSSL reads (RFC 3279 §2.2.3, DER). Node turns the one into the other too, at nearly half the price of the
 * verification itself.
 */
const SEQUENCE = 0x30;
const INTEGER = 0x02;
/** Above it a length takes a byte more. */
const SHORT = 0x7f;

/** `size`: bytes of each number. Undefined: it is no signature of the curve. */
export function derSignature(signature: Buffer, size: number): Buffer | undefined {
    if (signature.length !== 2 * size) return undefined;
    const r = firstByte(signature, 0, size);
    const s = firstByte(signature, size, 2 * size);
    const rLength = integerLength(signature, r, size);
    const sLength = integerLength(signature, s, 2 * size);
    const length = rLength + sLength + 4;
    const der = Buffer.allocUnsafe(length + (length > SHORT ? 3 : 2));
    let at = 0;
    der[at++] = SEQUENCE;
    if (length > SHORT) der[at++] = 0x81;
    der[at++] = length;
    at = putInteger(der, at, signature, r, size, rLength);
    putInteger(der, at, signature, s, 2 * size, sLength);
    return der;
}

/** Behind leading zeros; the last byte stays. */
function firstByte(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end - 1 && bytes[at] === 0) at++;
    return at;
}

/** A number whose first bit is set would be a negative one. */
function integerLength(bytes: Buffer, first: number, end: number): number {
    return end - first + (bytes[first]! > SHORT ? 1 : 0);
}

function putInteger(der: Buffer, start: number, bytes: Buffer, first: number, end: number, length: number): number {
    let at = start;
    der[at++] = INTEGER;
    der[at++] = length;
    if (length > end - first) der[at++] = 0;
    return at + bytes.copy(der, at, first, end);
}
