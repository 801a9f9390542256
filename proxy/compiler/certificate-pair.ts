/** Whether a certificate chain and a key are usable together, and until when. */
import { X509Certificate, createPrivateKey, type KeyObject } from "node:crypto";

export interface Pair {
    /** Why it can't be served; never a word of the PEM itself. */
    readonly fault?: string;
    readonly notBefore: number;
    readonly notAfter: number;
    /** DNS names and addresses the leaf is for, lower-case. */
    readonly names: readonly string[];
}

const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;
const NO_TIMES = { notBefore: Number.NEGATIVE_INFINITY, notAfter: Number.POSITIVE_INFINITY, names: [] };

export function inspectPair(certificate: string, privateKey: string): Pair {
    const chain = parseChain(certificate);
    const leaf = Array.isArray(chain) ? chain[0] : undefined;
    if (!Array.isArray(chain) || leaf === undefined) return { fault: Array.isArray(chain) ? "there is no certificate in it" : chain.fault, ...NO_TIMES };
    const key = parseKey(privateKey);
    const about = timesOf(leaf);
    if ("fault" in key) return { ...about, fault: key.fault };
    return leaf.checkPrivateKey(key.key) ? about : { ...about, fault: "the private key does not belong to the certificate" };
}

/** A bundle of CA certificates: any that is malformed spoils it. */
export function inspectCa(ca: string): Pair {
    const chain = parseChain(ca);
    if (!Array.isArray(chain)) return { fault: chain.fault, ...NO_TIMES };
    const [first] = chain;
    return first === undefined ? { fault: "there is no certificate in it", ...NO_TIMES } : timesOf(first);
}

function parseChain(pem: string): X509Certificate[] | { readonly fault: string } {
    const blocks = pem.match(PEM_BLOCK) ?? [];
    if (blocks.length === 0) return { fault: "the certificate is not PEM (no BEGIN CERTIFICATE … END CERTIFICATE)" };
    try {
        return blocks.map((block) => new X509Certificate(block));
    } catch {
        return { fault: "the certificate is malformed" };
    }
}

function parseKey(pem: string): { readonly key: KeyObject } | { readonly fault: string } {
    if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(pem)) return { fault: "the private key is encrypted; nobody is there to enter a passphrase" };
    try {
        return { key: createPrivateKey(pem) };
    } catch {
        return { fault: "the private key is malformed" };
    }
}

function timesOf(certificate: X509Certificate): Pair {
    const names = (certificate.subjectAltName ?? "").split(", ").flatMap((one) => {
        const colon = one.indexOf(":");
        return ["DNS", "IP Address"].includes(one.slice(0, colon)) ? [one.slice(colon + 1).toLowerCase()] : [];
    });
    return { notBefore: Date.parse(certificate.validFrom), notAfter: Date.parse(certificate.validTo), names };
}
