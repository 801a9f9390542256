/** How strong the keys of certificates are, made or asked for. */
import type { X509Certificate } from "node:crypto";
import { isKind, type Thing } from "../thing";
import { at, number, text } from "../values";

export interface KeyStrength {
    readonly kind: "RSA" | "EC";
    readonly bits: number;
    readonly field: string;
}

const CURVES: Readonly<Record<string, number>> = {
    secp192r1: 192,
    prime192v1: 192,
    secp224r1: 224,
    prime256v1: 256,
    secp256k1: 256,
    secp384r1: 384,
    secp521r1: 521,
    P224: 224,
    P256: 256,
    P384: 384,
    P521: 521,
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
            case "RSA":
                return rsaBits === undefined ? undefined : { kind: "RSA", bits: rsaBits, field: "rsaBits" };
            // The provider's own default is P224.
            case "ECDSA":
                return at(thing.value, "ecdsaCurve") !== undefined && curve === undefined
                    ? undefined
                    : { kind: "EC", bits: CURVES[curve ?? "P224"] ?? Infinity, field: "ecdsaCurve" };
            default:
                return undefined;
        }
    }
    if (!isKind(thing, "cert-manager.io", "Certificate")) return undefined;
    const key = at(thing.value, "spec", "privateKey");
    const bits = number(at(key, "size"));
    if (bits === undefined) return undefined;
    return { kind: at(key, "algorithm") === "ECDSA" ? "EC" : "RSA", bits, field: "spec.privateKey.size" };
}
