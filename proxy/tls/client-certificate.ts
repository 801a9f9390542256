/**
 * What is read from a client's certificate: its names, checked against the chain's list, and the value of
 * x-forwarded-client-cert that backends trust (Istio SANITIZE_SET: Hash, Cert, Subject, URI, DNS). Every part of it is
 * written by a stranger: nothing in it can end its own field and begin another, and nothing in it makes this throw.
 */
import { createHash, type X509Certificate } from "node:crypto";
import { alternativeNames, canonicalAddress, publicKeyBytes, subjectText } from "../../istio/certificates";
import { percentEncoded } from "../../istio/semantics/path";

/**
 * Exact match against any DNS name, URI, address or mail address; an empty list allows any. As with Envoy a wildcard of
 * the certificate stands for one whole label; a DNS name that looks like a URI is none.
 */
export function alternativeNameAllowed(certificate: X509Certificate, allowed: readonly string[]): boolean {
    if (allowed.length === 0) return true;
    return alternativeNames(certificate).some(({ type, value }) => {
        switch (type) {
            case "DNS":
                return allowed.some((name) => !name.includes("://") && dnsNameFits(value.toLowerCase(), bytes(name).toLowerCase()));
            case "IP":
                return value !== "" && allowed.some((name) => canonicalAddress(name) === value);
            case "URI":
            case "email":
                return allowed.some((name) => bytes(name) === value);
            case "other":
                return false;
            default:
                return type satisfies never;
        }
    });
}

function dnsNameFits(name: string, wanted: string): boolean {
    if (name === wanted) return true;
    const dot = wanted.indexOf(".");
    return (
        name.startsWith("*.") && dot > 0 && !wanted.startsWith("*") && wanted.slice(dot) === name.slice(1) && name.indexOf(".", 2) !== -1
    );
}

/** Whether it is one of those that are pinned by key (base64) or as a whole (hex); no pin pins any. */
export function isPinned(certificate: X509Certificate, spki: readonly string[], hashes: readonly string[]): boolean {
    if (spki.length === 0 && hashes.length === 0) return true;
    if (hashes.includes(createHash("sha256").update(certificate.raw).digest("hex"))) return true;
    return spki.length > 0 && spki.includes(createHash("sha256").update(publicKeyBytes(certificate)).digest("base64"));
}

/** Text of the configuration, one character a byte. */
function bytes(text: string): string {
    return Buffer.from(text).toString("latin1");
}

/** Visible ASCII without what ends a field; the rest as %XX. */
function bare(value: string): string {
    return value.replace(/[^\x21-\x7e]|[";,\\]/g, percentEncoded);
}

export function forwardedClientCert(certificate: X509Certificate): string {
    const names = alternativeNames(certificate);
    const uris = names.filter(({ type }) => type === "URI").map(({ value }) => `URI=${bare(value)}`);
    const dns = names.filter(({ type }) => type === "DNS").map(({ value }) => `DNS=${bare(value)}`);
    return [
        `Hash=${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`,
        `Cert="${encodeURIComponent(certificate.toString())}"`,
        `Subject="${subjectText(certificate)}"`,
        ...(uris.length > 0 ? uris : ["URI="]),
        ...dns,
    ].join(";");
}
