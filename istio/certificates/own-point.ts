/**
 * Whether a private key is one: its secret part belongs to its public part. OpenSSL takes the word of the file for that, and what is
 * said of a pair is said of the public part alone; a key of which the rest is another's would be served, and every handshake with it
 * would fail at the client.
 */
import { createECDH, type ECDH, type JsonWebKey, type KeyObject } from "node:crypto";

/** By the names that keys have, those that OpenSSL has for ECDH. */
const CURVES: Readonly<Record<string, string>> = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" };

/** One a curve: to make one costs as much as a third of its use. */
const known = new Map<string, ECDH>();

/** The point of a secret number, as X9.62 has it with both coordinates; undefined: it has none on the curve. */
export function pointOfSecret(curve: string, secret: Buffer): Buffer | undefined {
    const name = CURVES[curve];
    if (name === undefined) return undefined;
    try {
        let own = known.get(name);
        if (own === undefined) known.set(name, (own = createECDH(name)));
        own.setPrivateKey(secret);
        return own.getPublicKey();
    } catch {
        return undefined;
    }
}

/** False: handshakes with it fail. Of kinds that say their public part nowhere else it is true. */
export function isWhole(key: KeyObject): boolean {
    switch (key.asymmetricKeyType) {
        case "ec":
            return isWholePoint(key);
        case "rsa":
            return isWholeModulus(key.export({ format: "jwk" }));
        default:
            return true;
    }
}

function isWholePoint(key: KeyObject): boolean {
    let jwk: JsonWebKey;
    try {
        jwk = key.export({ format: "jwk" });
    } catch {
        // A curve that no listener takes, which is told elsewhere.
        return true;
    }
    if (jwk.crv === undefined || CURVES[jwk.crv] === undefined) return true;
    const point = pointOfSecret(jwk.crv, bytesOf(jwk.d));
    return point !== undefined && point.subarray(1).equals(Buffer.concat([bytesOf(jwk.x), bytesOf(jwk.y)]));
}

/** RFC 8017 §3.2: what signs by the Chinese remainder theorem is of the modulus and the exponent that are public. */
function isWholeModulus(jwk: JsonWebKey): boolean {
    const [n, e, p, q, dp, dq, qi] = [jwk.n, jwk.e, jwk.p, jwk.q, jwk.dp, jwk.dq, jwk.qi].map(numberOf);
    if (!n || !e || !p || !q || !dp || !dq || !qi || p < 3n || q < 3n) return false;
    return p * q === n && (e * dp) % (p - 1n) === 1n && (e * dq) % (q - 1n) === 1n && (qi * q) % p === 1n;
}

function bytesOf(text: string | undefined): Buffer {
    return Buffer.from(text ?? "", "base64url");
}

function numberOf(text: string | undefined): bigint {
    const hex = bytesOf(text).toString("hex");
    return hex === "" ? 0n : BigInt(`0x${hex}`);
}
