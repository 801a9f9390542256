/**
 * Key sets as signatures are verified by them. Its keys are made once, and with a set come and go the tokens that it has
 * verified: who takes a key back takes back what it has signed.
 */
import { constants, verify, type KeyObject } from "node:crypto";
import { ALGORITHMS, verifyingKeys, type KeyType, type VerifyingKey } from "../../../istio/semantics";
import type { KeySetEntry } from "../../tables";
import type { SignedToken } from "./authentication-token";
import { derSignature } from "./ecdsa-signature";
import { VerifiedTokens } from "./verified-tokens";

export interface BoundKeySet {
    readonly entry: KeySetEntry;
    readonly keys: readonly VerifyingKey[];
    readonly verified: VerifiedTokens;
}

/** The same of the same entry, with what it has verified. */
export function bindKeySet(entry: KeySetEntry): BoundKeySet {
    let bound = known.get(entry);
    if (bound === undefined) known.set(entry, (bound = { entry, keys: verifyingKeys(entry.jwks), verified: new VerifiedTokens() }));
    return bound;
}

const known = new WeakMap<KeySetEntry, BoundKeySet>();

export const VERIFICATION_FAILS = "Jwt verification fails";
export const NO_SUCH_KEY = "Jwks doesn't have key to match kid or alg from Jwt";

const TYPES: ReadonlyMap<string, KeyType> = new Map(
    (Object.keys(ALGORITHMS) as KeyType[]).flatMap((type) => ALGORITHMS[type].map((alg) => [alg, type] as const)),
);
const HASHES: Readonly<Record<string, string>> = { "256": "sha256", "384": "sha384", "512": "sha512" };

/**
 * Empty: a key of the set has signed it. Who says no key tries all that could be meant; with a key's own `alg` and type the
 * token's must agree, so that no key is used in another way than it is meant for.
 */
export function signatureFault({ keys }: BoundKeySet, token: SignedToken): string {
    // An issuer that could not be asked: Istio puts a key in its place that has signed nothing.
    if (keys.length === 0) return VERIFICATION_FAILS;
    const type = TYPES.get(token.alg);
    const signed = Buffer.from(token.text.slice(0, token.text.lastIndexOf(".")), "latin1");
    let meant = false;
    for (const one of keys) {
        if ((token.kid !== "" && one.kid !== "" && one.kid !== token.kid) || (one.alg !== "" && one.alg !== token.alg)) continue;
        meant = true;
        if (one.type === type && isSigned(one, token, signed)) return "";
    }
    return meant ? VERIFICATION_FAILS : NO_SUCH_KEY;
}

/** Of each of the two numbers of a signature (RFC 7518 §3.4). */
const NUMBER_BYTES = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;

function isSignedOnCurve(key: KeyObject, hash: string | undefined, signed: Buffer, signature: Buffer | undefined): boolean {
    return signature !== undefined && verify(hash, signed, key, signature);
}

function isSigned({ key, type }: VerifyingKey, { alg, signature }: SignedToken, signed: Buffer): boolean {
    const hash = HASHES[alg.slice(2)];
    switch (type) {
        case "RSA":
            return alg.startsWith("PS")
                ? verify(
                      hash,
                      signed,
                      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
                      signature,
                  )
                : verify(hash, signed, key, signature);
        case "P-256":
        case "P-384":
        case "P-521":
            return isSignedOnCurve(key, hash, signed, derSignature(signature, NUMBER_BYTES[type]));
        case "Ed25519":
            return verify(null, signed, key, signature);
        default:
            return type satisfies never;
    }
}
