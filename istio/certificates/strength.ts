/** How strong keys and signatures are, and whether OpenSSL loads a chain at the security level that listeners have (level 2: 112 bits). */
import type { X509Certificate } from "node:crypto";
import { shownText } from "../shown";
import { childrenOf, contentOf, elementAt, oidText } from "./der";
import type { CredentialFault } from "./fault";

const MIN_RSA_BITS = 2048;
const MIN_CURVE_BITS = 224;

export function strengthFaults(chain: readonly X509Certificate[]): CredentialFault[] {
    for (const certificate of chain) {
        const key = keyFault(certificate);
        if (key === "") continue;
        const who = shownText((certificate.subject ?? "no name").split("\n").join(", "));
        return [{ code: "GH0145", part: "certificate", message: `the certificate of ${who} has ${key}, which listeners do not load`, fix: "Get one with an RSA key of 2048 bits or an ECDSA key." }];
    }
    return [];
}

function keyFault({ publicKey }: X509Certificate): string {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
    const bits = details?.modulusLength ?? 0;
    if (type === "rsa" || type === "rsa-pss") return bits >= MIN_RSA_BITS ? "" : `an RSA key of ${bits} bits`;
    if (type !== "ec") return "";
    const curve = details?.namedCurve ?? "";
    const size = Number(/\d{3}/.exec(curve)?.[0] ?? MIN_CURVE_BITS);
    return size >= MIN_CURVE_BITS ? "" : `a key on the curve ${curve}`;
}

/** sha1WithRSAEncryption, ecdsa-with-SHA1, dsa-with-sha1. */
const SHA1: readonly string[] = ["1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

/** Whether the issuer signed over SHA-1: the second part of a certificate names the algorithm (RFC 5280 §4.1). */
export function isSignedWithSha1({ raw }: X509Certificate): boolean {
    const [, algorithm] = childrenOf(raw, elementAt(raw, 0));
    const [id] = childrenOf(raw, algorithm);
    return id !== undefined && SHA1.includes(oidText(contentOf(raw, id)));
}
