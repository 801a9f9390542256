/**
 * Lets the X.509 library sign with node's own keys. WebCrypto, which it would use, has no P-224, the curve the tls
 * provider takes when none is given; so it is handed a Crypto that has just the two operations it calls.
 */
import { createPublicKey, sign, type KeyObject } from "node:crypto";
import { keyAlgorithm, publicDer } from "./keys";

/** Signature algorithms by OID: the library passes them through, and so the signature as it comes from OpenSSL. */
const RSA_SHA256 = "1.2.840.113549.1.1.11";
const ECDSA_SHA256 = "1.2.840.10045.4.3.2";
const ECDSA_SHA384 = "1.2.840.10045.4.3.3";
const ECDSA_SHA512 = "1.2.840.10045.4.3.4";
const ED25519 = "1.3.101.112";
const ASN1_NULL = new Uint8Array([5, 0]).buffer;

export interface Scheme {
    readonly algorithm: { readonly name: string; readonly parameters?: ArrayBuffer };
    readonly digest: string | undefined;
}

/** The scheme Go picks for a key, and with it the provider. */
export function schemeOf(key: KeyObject): Scheme {
    switch (keyAlgorithm(key)) {
        case "RSA":
            return { algorithm: { name: RSA_SHA256, parameters: ASN1_NULL }, digest: "sha256" };
        case "ED25519":
            return { algorithm: { name: ED25519 }, digest: undefined };
        case "ECDSA":
            switch (key.asymmetricKeyDetails?.namedCurve) {
                case "secp384r1":
                    return { algorithm: { name: ECDSA_SHA384 }, digest: "sha384" };
                case "secp521r1":
                    return { algorithm: { name: ECDSA_SHA512 }, digest: "sha512" };
                default:
                    return { algorithm: { name: ECDSA_SHA256 }, digest: "sha256" };
            }
    }
}

/** A key pair as the library passes it back to the Crypto below. */
export function keyPair(key: KeyObject): CryptoKeyPair {
    const { algorithm } = schemeOf(key);
    const stand = (object: KeyObject, type: "private" | "public"): CryptoKey =>
        ({ type, algorithm, extractable: true, usages: [], object }) as unknown as CryptoKey;
    return { privateKey: stand(key, "private"), publicKey: stand(createPublicKey(key), "public") };
}

type CryptoKey = import("node:crypto").webcrypto.CryptoKey;
type CryptoKeyPair = import("node:crypto").webcrypto.CryptoKeyPair;
type Crypto = import("node:crypto").webcrypto.Crypto;

/** The library asks for random serial numbers, exported public keys and signatures, and nothing else. */
export const nodeCrypto = {
    subtle: {
        exportKey: (_format: string, key: unknown) => Promise.resolve(arrayBuffer(publicDer(objectOf(key)))),
        sign: (_algorithm: unknown, key: unknown, data: ArrayBuffer) => {
            const object = objectOf(key);
            return Promise.resolve(arrayBuffer(sign(schemeOf(object).digest, Buffer.from(data), object)));
        },
    },
    getRandomValues: <T extends Parameters<Crypto["getRandomValues"]>[0]>(array: T) =>
        globalThis.crypto.getRandomValues(array as never) as T,
} as unknown as Crypto;

function objectOf(key: unknown): KeyObject {
    return (key as { readonly object: KeyObject }).object;
}

export function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
    return Uint8Array.from(bytes).buffer;
}
