/**
 * How strong keys and signatures are: whether OpenSSL loads a chain at the security level that listeners have (level 2:
 * 112 bits), and whether the leaf's key is one that Envoy and the clients of the web take.
 */
import type { X509Certificate } from "node:crypto";
import { shownText } from "../shown";
import { childrenOf, contentOf, DER, elementAt, oidText } from "./der";
import { maySign, publicKeyBytes } from "./distinguished-names";
import { namedCurveOf } from "./ec-pair";
import type { CredentialFault } from "./fault";

const MIN_RSA_BITS = 2048;
const MIN_EXPONENT = 3n;
export function strengthFaults(chain: readonly X509Certificate[]): CredentialFault[] {
    for (const [at, certificate] of chain.entries()) {
        const key = shortKey(certificate) || (at === 0 ? unusualKey(certificate) : "");
        if (key === "") continue;
        return [
            {
                code: "GH0145",
                part: "certificate",
                message: `the certificate of ${nameOf(certificate)} has ${key}, which listeners do not load`,
                fix: "Get one with an RSA key of 2048 bits or an ECDSA key on P-256.",
            },
        ];
    }
    return [];
}

/** What keeps a listener from signing handshakes with a leaf; BoringSSL looks at it while it loads an ECDSA key only. */
export function handshakeFaults(leaf: X509Certificate): CredentialFault[] {
    if (leaf.publicKey.asymmetricKeyType !== "ec" || maySign(leaf)) return [];
    return [
        {
            code: "GH0147",
            part: "certificate",
            message: `the certificate of ${nameOf(leaf)} has an ECDSA key and a keyUsage without digitalSignature, which listeners do not load`,
            fix: "Get one with digitalSignature, or without a keyUsage.",
        },
    ];
}

function nameOf(certificate: X509Certificate): string {
    return shownText((certificate.subject ?? "no name").split("\n").join(", "));
}

function shortKey({ publicKey }: X509Certificate): string {
    const { asymmetricKeyType: type } = publicKey;
    if (type !== "rsa" && type !== "rsa-pss") return "";
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
    return bits < MIN_RSA_BITS ? `an RSA key of ${bits} bits` : "";
}

function unusualKey(certificate: X509Certificate): string {
    const { asymmetricKeyType: type } = certificate.publicKey;
    switch (type) {
        case "rsa":
            return hasTrivialExponent(certificate) ? "an RSA key with the exponent 1" : "";
        case "ec": {
            const spki = publicKeyBytes(certificate);
            if (namedCurveOf(spki) !== undefined) return "";
            return namesItsCurve(spki)
                ? `a key on the curve ${certificate.publicKey.asymmetricKeyDetails?.namedCurve ?? "unknown"}`
                : "a key whose curve is spelled out";
        }
        case "ed25519":
            return "";
        default:
            return `a key of the kind ${type ?? "unknown"}`;
    }
}

/** The curve's name stands behind the algorithm's (RFC 5480 §2.1.1). */
function namesItsCurve(spki: Buffer): boolean {
    const [algorithm] = childrenOf(spki, elementAt(spki, 0));
    return childrenOf(spki, algorithm)[1]?.tag === DER.OID;
}

/** An RSA key whose signatures are the messages themselves. */
export function hasTrivialExponent({ publicKey }: X509Certificate): boolean {
    return (publicKey.asymmetricKeyDetails?.publicExponent ?? MIN_EXPONENT) < MIN_EXPONENT;
}

/** sha1WithRSAEncryption, ecdsa-with-SHA1, dsa-with-sha1. */
const SHA1: readonly string[] = ["1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

/** Whether the issuer signed over SHA-1: the second part of a certificate names the algorithm (RFC 5280 §4.1). */
export function isSignedWithSha1({ raw }: X509Certificate): boolean {
    const [, algorithm] = childrenOf(raw, elementAt(raw, 0));
    const [id] = childrenOf(raw, algorithm);
    return id !== undefined && SHA1.includes(oidText(contentOf(raw, id)));
}
