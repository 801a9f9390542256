/**
 * Checks of certificates and keys as PEM: well formed, belonging together, in their time, naming the hosts they are
 * for. Pure: the time is an argument. No message holds a word of a key.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import type { Code } from "../codes";
import { isSubsetOf } from "../semantics";
import { shownText } from "../shown";

export type CredentialPart = "certificate" | "privateKey" | "ca";

export interface CredentialFault {
    readonly code: Code;
    readonly part: CredentialPart;
    readonly message: string;
    readonly fix: string;
}

export interface Credential {
    readonly certificate: string;
    readonly privateKey: string;
    /** Authorities of client certificates. */
    readonly ca?: string;
}

export interface CredentialContext {
    /** Milliseconds since 1970. */
    readonly now: number;
    /** Hosts that are served with it; patterns are allowed, and `*` is every name and so not asked for. */
    readonly hosts?: readonly string[];
}

const DAY = 24 * 3600 * 1000;
const SOON = 14 * DAY;

/** Everything that is wrong with a certificate and its key; empty where they can be served. */
export function checkCredential(credential: Credential, context: CredentialContext): CredentialFault[] {
    const chain = certificatesIn(credential.certificate);
    const key = privateKeyIn(credential.privateKey);
    const [leaf] = chain ?? [];
    return [
        ...(leaf ? [...timeFaults(leaf, "certificate", context.now), ...hostFaults(leaf, context.hosts ?? [])] : [malformed("certificate", credential.certificate)]),
        ...("code" in key ? [key] : leaf ? matchFaults(leaf, key) : []),
        ...(credential.ca === undefined ? [] : caFaults(credential.ca, context.now)),
    ];
}

const BLOCK = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[A-Za-z0-9+/=\s]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** The certificates of a PEM text, the leaf first; undefined where there is none or one of them is malformed. */
export function certificatesIn(pem: string): X509Certificate[] | undefined {
    const blocks = pem.match(BLOCK) ?? [];
    const begun = pem.split("-----BEGIN").length - 1;
    const others = pem.split(/-----BEGIN (?!(?:TRUSTED |X509 )?CERTIFICATE-----)/).length - 1;
    // A block that was cut short is a certificate missing from the chain.
    if (blocks.length === 0 || blocks.length !== begun - others) {
        return undefined;
    }
    try {
        return blocks.map((block) => new X509Certificate(block));
    } catch {
        return undefined;
    }
}

function malformed(part: CredentialPart, pem: string): CredentialFault {
    const what = part === "ca" ? "the certificate authority" : "the certificate";
    if (pem.trim() === "") {
        return { code: "GH0119", part, message: `${what} is empty`, fix: "" };
    }
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem) && !pem.includes("CERTIFICATE-----")) {
        return { code: "GH0119", part, message: `${what} is a private key`, fix: "Swap the two." };
    }
    return pem.includes("-----BEGIN")
        ? { code: "GH0119", part, message: `${what} is PEM that cannot be read: a block is cut short or holds something else`, fix: "" }
        : { code: "GH0119", part, message: `${what} is not PEM`, fix: "It begins with `-----BEGIN CERTIFICATE-----`." };
}

function privateKeyIn(pem: string): KeyObject | CredentialFault {
    const part = "privateKey";
    if (pem.trim() === "") {
        return { code: "GH0120", part, message: "the private key is empty", fix: "" };
    }
    if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: ?4, ?ENCRYPTED/.test(pem)) {
        return { code: "GH0120", part, message: "the private key is encrypted, and nobody is there to type its passphrase", fix: "Decrypt it with `openssl pkey`." };
    }
    if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) {
        const message = pem.includes("-----BEGIN CERTIFICATE-----") ? "the private key is a certificate" : "the private key is not PEM";
        return { code: "GH0120", part, message, fix: "It begins with `-----BEGIN PRIVATE KEY-----`." };
    }
    try {
        return createPrivateKey(pem);
    } catch {
        return { code: "GH0120", part, message: "the private key is PEM that cannot be read: it is cut short or of an unknown kind", fix: "" };
    }
}

function matchFaults(leaf: X509Certificate, key: KeyObject): CredentialFault[] {
    if (leaf.checkPrivateKey(key)) {
        return [];
    }
    const message = `the private key does not belong to the certificate of ${shownText(subjectOf(leaf))}`;
    return [{ code: "GH0121", part: "privateKey", message, fix: "The first certificate of the text must be that of the key; authorities follow it." }];
}

function timeFaults(certificate: X509Certificate, part: CredentialPart, now: number): CredentialFault[] {
    const from = Date.parse(certificate.validFrom);
    const to = Date.parse(certificate.validTo);
    const who = `the ${part === "ca" ? "authority" : "certificate"} of ${shownText(subjectOf(certificate))}`;
    if (to <= now) {
        return [{ code: "GH0122", part, message: `${who} expired on ${dayText(to)}`, fix: "Renew it." }];
    }
    if (from > now) {
        return [{ code: "GH0123", part, message: `${who} is not valid before ${dayText(from)}`, fix: "Check the clocks." }];
    }
    return to - now < SOON ? [{ code: "GH0124", part, message: `${who} expires on ${dayText(to)}`, fix: "Renew it." }] : [];
}

function dayText(time: number): string {
    return Number.isFinite(time) ? new Date(time).toISOString() : "an unknown day";
}

function caFaults(pem: string, now: number): CredentialFault[] {
    const authorities = certificatesIn(pem);
    return authorities ? authorities.flatMap((authority) => timeFaults(authority, "ca", now)) : [malformed("ca", pem)];
}

function hostFaults(leaf: X509Certificate, hosts: readonly string[]): CredentialFault[] {
    const names = namesOf(leaf);
    return hosts.filter((host) => host !== "*" && !coversHost(names, host)).map((host) => ({
        code: "GH0125", part: "certificate", fix: "",
        message: `the certificate does not name ${shownText(host)}; it is for ${names.length > 0 ? names.slice(0, 5).map(shownText).join(", ") : "no host"}`,
    }));
}

function subjectOf(certificate: X509Certificate): string {
    return (certificate.subject || namesOf(certificate)[0] || "no name").split("\n").join(", ");
}

/** The DNS names and addresses a certificate is for, in lower case. The common name is not one of them (RFC 9525 §2). */
export function namesOf(certificate: X509Certificate): string[] {
    // A name with a comma or quote in it is quoted as JSON; such a one is no DNS name.
    return (certificate.subjectAltName ?? "").split(", ").flatMap((entry) => {
        const [, name] = /^(?:DNS|IP Address):([^"]+)$/.exec(entry) ?? [];
        return name === undefined ? [] : [name.toLowerCase()];
    });
}

/** A certificate's wildcard stands for one label (RFC 9525 §6.3), unlike a Gateway's. */
export function coversHost(names: readonly string[], host: string): boolean {
    const wanted = host.toLowerCase();
    if (isIP(wanted) !== 0) {
        return names.includes(wanted);
    }
    return names.some((name) => {
        if (!name.startsWith("*.")) {
            return name === wanted;
        }
        // A wider pattern than the certificate's own is never covered by it.
        return isSubsetOf(wanted, name) && wanted.slice(0, wanted.length - name.length + 1).indexOf(".") < 0;
    });
}
