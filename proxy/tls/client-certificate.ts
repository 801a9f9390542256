/**
 * What is read from a client's certificate: its names, checked against the chain's list, and the value of
 * x-forwarded-client-cert that backends trust (Istio SANITIZE_SET: Hash, Cert, Subject, URI, DNS). Every part of it is
 * written by a stranger: nothing in it can end its own field and begin another, and nothing in it makes this throw.
 */
import type { X509Certificate } from "node:crypto";
import { alternativeNames, canonicalAddress, subjectText } from "../../istio/certificates";

/** Exact match against any DNS name, URI, address or mail address; an empty list allows any. */
export function alternativeNameAllowed(certificate: X509Certificate, allowed: readonly string[]): boolean {
    if (allowed.length === 0) return true;
    return alternativeNames(certificate).some(({ type, value }) => {
        switch (type) {
            case "DNS": return allowed.some((name) => bytes(name).toLowerCase() === value.toLowerCase());
            case "IP": return value !== "" && allowed.some((name) => canonicalAddress(name) === value);
            case "URI":
            case "email": return allowed.some((name) => bytes(name) === value);
            case "other": return false;
            default: return type satisfies never;
        }
    });
}

/** Text of the configuration, one character a byte. */
function bytes(text: string): string {
    return Buffer.from(text).toString("latin1");
}

/** Visible ASCII without what ends a field; the rest as %XX. */
function bare(value: string): string {
    return value.replace(/[^\x21-\x7e]|[";,\\]/g, percent);
}

function percent(byte: string): string {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
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
