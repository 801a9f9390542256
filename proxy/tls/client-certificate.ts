/**
 * What is read from a client's certificate: its names, checked against the chain's list, and the value of
 * x-forwarded-client-cert that backends trust (Istio SANITIZE_SET: Hash, Cert, Subject, URI, DNS).
 */
import type { X509Certificate } from "node:crypto";

export interface AlternativeName {
    readonly type: string;
    readonly value: string;
}

/** `DNS:a.test, URI:"spiffe://x/a, b"`: Node quotes a value as JSON where it could be taken for two. */
export function parseAlternativeNames(text: string | undefined): AlternativeName[] {
    const names: AlternativeName[] = [];
    let rest = text ?? "";
    while (rest !== "") {
        const colon = rest.indexOf(":");
        if (colon === -1) break;
        const type = rest.slice(0, colon);
        rest = rest.slice(colon + 1);
        let value: string;
        const quoted = /^"(?:[^"\\]|\\.)*"/.exec(rest);
        if (quoted) {
            value = JSON.parse(quoted[0]) as string;
            rest = rest.slice(quoted[0].length);
        } else {
            const comma = rest.indexOf(", ");
            value = comma === -1 ? rest : rest.slice(0, comma);
            rest = rest.slice(value.length);
        }
        names.push({ type, value });
        rest = rest.startsWith(", ") ? rest.slice(2) : "";
    }
    return names;
}

/** Exact match against any DNS name, URI, address or mail address; an empty list allows any. */
export function alternativeNameAllowed(certificate: X509Certificate, allowed: readonly string[]): boolean {
    if (allowed.length === 0) return true;
    return parseAlternativeNames(certificate.subjectAltName).some(({ type, value }) =>
        (type === "DNS" ? allowed.some((name) => name.toLowerCase() === value.toLowerCase()) : allowed.includes(value)));
}

/** A name from a certificate must not end its own field and begin another. */
function bare(value: string): string {
    return value.replace(/[^\x21-\x7e]|[";,=]/g, (c) => (c === "=" ? c : encodeURIComponent(c)));
}

export function forwardedClientCert(certificate: X509Certificate): string {
    const names = parseAlternativeNames(certificate.subjectAltName);
    const uris = names.filter((name) => name.type === "URI").map((name) => `URI=${bare(name.value)}`);
    const dns = names.filter((name) => name.type === "DNS").map((name) => `DNS=${bare(name.value)}`);
    // Node gives one RFC 2253 attribute a line, in the certificate's order; the text form is the reverse.
    const subject = certificate.subject.split("\n").reverse().join(",").replace(/[^\x20-\x7e]/g, encodeURIComponent);
    return [
        `Hash=${certificate.fingerprint256.replaceAll(":", "").toLowerCase()}`,
        `Cert="${encodeURIComponent(certificate.toString())}"`,
        `Subject="${subject}"`,
        ...(uris.length > 0 ? uris : ["URI="]),
        ...dns,
    ].join(";");
}
