/**
 * Sets of public keys (RFC 7517) that tokens are verified by. A set may come from anybody who runs an issuer: what is kept of it
 * are the public members of keys that can verify a signature. Secrets never are: neither a private key's nor a shared one.
 */
import { createPublicKey, X509Certificate, type JsonWebKey, type KeyObject } from "node:crypto";
import { isRecord } from "../validation/outline";

/** What a set may be long, and have. */
export const MAX_KEY_SET_BYTES = 1024 * 1024;
const MAX_KEYS = 100;
/** RFC 7518 §3.3 and §3.5; above, one verification costs too much. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;
const MAX_RSA_EXPONENT = 2n ** 33n;

export interface KeySet {
    /** As JSON, with what verifies signatures alone; empty: nothing does. */
    readonly jwks: string;
    /** Why nothing does. */
    readonly why: string;
}

/** By the type and curve of a key the algorithms that it verifies. */
export const ALGORITHMS: Readonly<Record<KeyType, readonly string[]>> = {
    RSA: ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
    "P-256": ["ES256"],
    "P-384": ["ES384"],
    "P-521": ["ES512"],
    Ed25519: ["EdDSA"],
};

export type KeyType = "RSA" | "P-256" | "P-384" | "P-521" | "Ed25519";

/** A key as it stands in a set that was read. */
export interface VerifyingKey {
    readonly type: KeyType;
    /** Empty: any. */
    readonly kid: string;
    /** Empty: any of its type. */
    readonly alg: string;
    readonly key: KeyObject;
}

interface Read {
    readonly jwk: JsonWebKey;
    readonly verifying: VerifyingKey;
}

export function readKeySet(text: string): KeySet {
    if (Buffer.byteLength(text) > MAX_KEY_SET_BYTES) return none(`it is longer than ${MAX_KEY_SET_BYTES} bytes`);
    const keys = listIn(text);
    if (typeof keys === "string") return none(keys);
    if (keys.length === 0) return none("it has no keys");
    if (keys.length > MAX_KEYS) return none(`it has ${keys.length} keys, and ${MAX_KEYS} are the most`);
    const read = keys.map(readKey);
    const usable = read.filter((one) => typeof one !== "string");
    if (usable.length > 0) return { jwks: JSON.stringify({ keys: usable.map(({ jwk }) => jwk) }), why: "" };
    return none(`none of its keys verifies tokens: ${[...new Set(read.filter((one) => typeof one === "string"))].slice(0, 3).join("; ")}`);
}

/** Of a set that `readKeySet` has made. */
export function verifyingKeys(jwks: string): readonly VerifyingKey[] {
    const keys = jwks === "" ? [] : listIn(jwks);
    if (typeof keys === "string") return [];
    return keys.map(readKey).flatMap((one) => (typeof one === "string" ? [] : one.verifying));
}

function none(why: string): KeySet {
    return { jwks: "", why };
}

/** Or what is wrong. */
function listIn(text: string): readonly unknown[] | string {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch {
        return "it is no JSON";
    }
    if (!isRecord(value)) return "it is no JSON object";
    if (Object.hasOwn(value, "keys")) return Array.isArray(value.keys) ? value.keys : "its `keys` are no list";
    const certificates = Object.entries(value);
    // As some issuers have it: certificates by the id of their key.
    if (certificates.length > 0 && certificates.every(([kid, pem]) => kid !== "" && typeof pem === "string" && pem.startsWith("-----")))
        return certificates.map(([kid, pem]) => keyOfCertificate(kid, pem as string));
    return "it has no `keys`";
}

function keyOfCertificate(kid: string, pem: string): unknown {
    try {
        return { ...new X509Certificate(pem).publicKey.export({ format: "jwk" }), kid };
    } catch {
        return { kty: "certificate that can't be read" };
    }
}

/** Or why it does not verify tokens. */
function readKey(value: unknown): Read | string {
    if (!isRecord(value)) return "one is no object";
    const { use, key_ops: operations } = value;
    if (typeof use === "string" && use !== "sig") return `one is for \`use: ${shown(use)}\``;
    if (Array.isArray(operations) && !operations.includes("verify")) return "one has `key_ops` without `verify`";
    const members = publicMembers(value);
    if (typeof members === "string") return members;
    let key: KeyObject;
    try {
        key = createPublicKey({ key: members, format: "jwk" });
    } catch {
        return `one of type ${shown(members.kty ?? "")} can't be read`;
    }
    const type = typeOf(members);
    const size = type === "RSA" ? rsaFault(key) : "";
    if (size !== "") return size;
    const alg = textOf(value.alg);
    if (alg !== "" && !ALGORITHMS[type].includes(alg)) return `one has \`alg: ${shown(alg)}\`, which a key of type ${type} does not verify`;
    const kid = textOf(value.kid);
    return { jwk: { ...members, ...(kid ? { kid } : {}), ...(alg ? { alg } : {}) }, verifying: { type, kid, alg, key } };
}

function publicMembers({ kty, crv, n, e, x, y }: Readonly<Record<string, unknown>>): JsonWebKey | string {
    switch (kty) {
        case "RSA":
            return { kty, n: textOf(n), e: textOf(e) };
        case "EC":
            // Without a curve it is that of ES256 (Envoy).
            return crv === undefined || ["P-256", "P-384", "P-521"].includes(textOf(crv))
                ? { kty, crv: textOf(crv) || "P-256", x: textOf(x), y: textOf(y) }
                : `one is on the curve ${shown(textOf(crv))}`;
        case "OKP":
            return crv === "Ed25519" ? { kty, crv, x: textOf(x) } : `one is on the curve ${shown(textOf(crv))}`;
        case "oct":
            return "one is a shared secret (`kty: oct`), by which nothing is verified here";
        default:
            return `one has \`kty: ${shown(textOf(kty))}\``;
    }
}

function typeOf({ kty, crv }: JsonWebKey): KeyType {
    return kty === "RSA" ? "RSA" : (crv as KeyType);
}

function rsaFault({ asymmetricKeyDetails }: KeyObject): string {
    const { modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
    if (modulusLength < MIN_RSA_BITS) return `one is an RSA key of ${modulusLength} bits, and ${MIN_RSA_BITS} are the least`;
    if (modulusLength > MAX_RSA_BITS) return `one is an RSA key of ${modulusLength} bits, and ${MAX_RSA_BITS} are the most`;
    return publicExponent > MAX_RSA_EXPONENT ? "one is an RSA key with too large an exponent" : "";
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}

/** A set's words are its issuer's: a short one-line text of them stands in messages. */
function shown(text: string): string {
    return text.slice(0, 40).replaceAll(/[^\x21-\x7e]/g, "?");
}
