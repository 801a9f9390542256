/** How strong the keys and signatures of certificates are, made or asked for. */
import type { X509Certificate } from "node:crypto";
import { isKind, type Thing } from "../thing";
import { at, number, text } from "../values";

export interface KeyStrength {
    readonly kind: "RSA" | "EC";
    readonly bits: number;
    readonly field: string;
}

const CURVES: Readonly<Record<string, number>> = {
    secp192r1: 192, prime192v1: 192, secp224r1: 224, prime256v1: 256, secp256k1: 256, secp384r1: 384, secp521r1: 521, P224: 224, P256: 256, P384: 384, P521: 521,
};

export function keyOf(certificate: X509Certificate, field: string): KeyStrength | undefined {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
    if (type === "rsa" || type === "rsa-pss") return { kind: "RSA", bits: details?.modulusLength ?? 0, field };
    const bits = type === "ec" ? CURVES[details?.namedCurve ?? ""] : undefined;
    return bits === undefined ? undefined : { kind: "EC", bits, field };
}

/** The key that a provider or cert-manager is asked to make. */
export function requestedKey(thing: Thing): KeyStrength | undefined {
    if (thing.resource.type === "tls:index/privateKey:PrivateKey") {
        const rsaBits = number(at(thing.value, "rsaBits"));
        const curve = text(at(thing.value, "ecdsaCurve"));
        switch (at(thing.value, "algorithm")) {
            case "RSA": return rsaBits === undefined ? undefined : { kind: "RSA", bits: rsaBits, field: "rsaBits" };
            // The provider's own default is P224.
            case "ECDSA": return at(thing.value, "ecdsaCurve") !== undefined && curve === undefined ? undefined : { kind: "EC", bits: CURVES[curve ?? "P224"] ?? Infinity, field: "ecdsaCurve" };
            default: return undefined;
        }
    }
    if (!isKind(thing, "cert-manager.io", "Certificate")) return undefined;
    const key = at(thing.value, "spec", "privateKey");
    const bits = number(at(key, "size"));
    if (bits === undefined) return undefined;
    return { kind: at(key, "algorithm") === "ECDSA" ? "EC" : "RSA", bits, field: "spec.privateKey.size" };
}

/** sha1WithRSAEncryption, ecdsa-with-SHA1, dsa-with-sha1, as they stand in DER. */
const SHA1: readonly string[] = ["2a864886f70d010105", "2a8648ce3d0401", "2a8648ce380403"];

/** Where the content of the DER element at an offset begins and ends. */
function element(der: Buffer, start: number): { readonly from: number; readonly to: number } {
    const first = der[start + 1] ?? 0;
    if (first < 0x80) return { from: start + 2, to: start + 2 + first };
    const size = first & 0x7f;
    const length = der.readUIntBE(start + 2, size);
    return { from: start + 2 + size, to: start + 2 + size + length };
}

/** Whether the issuer signed over SHA-1: the second part of a certificate names the algorithm (RFC 5280 §4.1). */
export function isSignedWithSha1(certificate: X509Certificate): boolean {
    const der = certificate.raw;
    const algorithm = element(der, element(der, element(der, 0).from).to);
    const oid = element(der, algorithm.from);
    return SHA1.includes(der.subarray(oid.from, oid.to).toString("hex"));
}
