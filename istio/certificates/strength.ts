/**
 * Whether OpenSSL loads a pair at the security level that listeners have. Most pairs are seen to be sound at once; the
 * rest are loaded, as a listener does it.
 */
import type { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { shownText } from "../shown";
import { childrenOf, contentOf, elementAt, oidText } from "./der";
import type { CredentialFault } from "./judge";

const MIN_RSA_BITS = 2048;
const CURVES = new Set(["prime256v1", "secp384r1", "secp521r1"]);
/** RSA and ECDSA over SHA-256, 384 and 512, RSA-PSS, and the Edwards curves. */
const SIGNATURES = new Set([
    "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4", "1.3.101.112", "1.3.101.113",
]);

export function loadFaults(chain: readonly X509Certificate[], pair: { readonly certificate: string; readonly privateKey: string }): CredentialFault[] {
    if (chain.every(isSound)) return [];
    try {
        createSecureContext({ cert: pair.certificate, key: pair.privateKey });
        return [];
    } catch (error) {
        return [{ code: "GH0145", part: "certificate", message: weakness(chain, error), fix: "Get one with an RSA key of 2048 bits or an ECDSA key, signed over SHA-256." }];
    }
}

function isSound(certificate: X509Certificate): boolean {
    return keyFault(certificate) === "" && SIGNATURES.has(signatureOf(certificate));
}

function keyFault({ publicKey }: X509Certificate): string {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
    const bits = details?.modulusLength ?? 0;
    switch (type) {
        case "rsa":
        case "rsa-pss": return bits >= MIN_RSA_BITS ? "" : `an RSA key of ${bits} bits`;
        case "ec": return CURVES.has(details?.namedCurve ?? "") ? "" : `a key on the curve ${details?.namedCurve ?? "of no name"}`;
        case "ed25519":
        case "ed448": return "";
        default: return `a key of the kind ${type ?? "unknown"}`;
    }
}

/** The algorithm by which it was signed. */
export function signatureOf(certificate: X509Certificate): string {
    const der = certificate.raw;
    const [, algorithm] = childrenOf(der, elementAt(der, 0));
    const [id] = childrenOf(der, algorithm);
    return id === undefined ? "" : oidText(contentOf(der, id));
}

/** In our words where we know the reason, else in OpenSSL's, which hold no key material. */
function weakness(chain: readonly X509Certificate[], error: unknown): string {
    for (const certificate of chain) {
        const who = shownText((certificate.subject ?? "no name").split("\n").join(", "));
        const key = keyFault(certificate);
        if (key !== "") return `the certificate of ${who} has ${key}, which listeners do not load`;
        if (!SIGNATURES.has(signatureOf(certificate))) return `the certificate of ${who} is signed over a digest that listeners do not load, as SHA-1 is`;
    }
    return `the certificate and its key do not load: ${error instanceof Error ? error.message : "for a reason that is not told"}`;
}
