/**
 * Checks of certificates and keys as PEM: well formed, belonging together, in their time, naming the hosts they are
 * for. Pure: the time is an argument. No message holds a word of a key.
 */
import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { isIP } from "node:net";
import { isSubsetOf } from "../semantics";
import { shownText } from "../shown";
import { elementAt } from "./der";
import { publicKeyBytes, subjectDer } from "./distinguished-names";
import { isEcPair } from "./ec-pair";
import { isWhole } from "./own-point";
import type { CredentialFault, CredentialPart } from "./fault";
import { pemBlocks, pemText } from "./pem";
import { isWellFormed } from "./shape";
import { handshakeFaults, strengthFaults } from "./strength";
import { usageRemarks } from "./usage";

export interface JudgedCredential {
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
export function checkCredential(credential: JudgedCredential, context: CredentialContext): CredentialFault[] {
    const { leaf, faults } = readPair(credential.certificate, credential.privateKey);
    return [
        ...(leaf
            ? [
                  ...timeFaults(leaf, "certificate", context.now),
                  ...hostFaults(leaf, context.hosts ?? []),
                  ...(context.hosts?.length ? usageFaults(leaf) : []),
              ]
            : []),
        ...faults,
        ...(credential.ca === undefined ? [] : caFaults(credential.ca, context.now)),
    ];
}

function usageFaults(leaf: X509Certificate): CredentialFault[] {
    return usageRemarks(leaf).map(({ code, message, fix }) => ({
        code,
        part: "certificate",
        message: `the certificate of ${shownText(subjectOf(leaf))} ${message}`,
        fix,
    }));
}

export interface ReadPair {
    readonly leaf: X509Certificate | undefined;
    /** PEM of nothing but the certificates, and of the one key: what was around them is gone. Empty where it can't be read. */
    readonly certificate: string;
    readonly privateKey: string;
    /** Why they can't be used; empty: they can. */
    readonly faults: readonly CredentialFault[];
}

/** A certificate and its key as a listener loads them. */
export function readPair(certificate: string, privateKey: string): ReadPair {
    const pair = readSigner(certificate, privateKey);
    return pair.leaf === undefined || pair.faults.length > 0 ? pair : { ...pair, faults: handshakeFaults(pair.leaf) };
}

/** The same for a key that signs certificates, and need not sign handshakes. */
export function readSigner(certificate: string, privateKey: string): ReadPair {
    const chain = certificatesIn(certificate);
    const [leaf] = chain ?? [];
    const key = privateKeyIn(privateKey, leaf);
    const faults = [
        ...(leaf ? [] : [malformed("certificate", certificate)]),
        ...("code" in key ? [key] : leaf && key.key ? matchFaults(leaf, key.key) : []),
    ];
    const texts = { certificate: (chain ?? []).map((one) => one.toString()).join(""), privateKey: "code" in key ? "" : key.pem };
    if (faults.length > 0 || chain === undefined) return { leaf, ...texts, faults };
    return { leaf, ...texts, faults: strengthFaults(chain) };
}

/** The certificates of a PEM text, the leaf first; undefined where there is none or one of them is malformed. */
export function certificatesIn(pem: string): X509Certificate[] | undefined {
    const blocks = pemBlocks(pem);
    // A block that was cut short, or is not seen for what stands before it, is a certificate missing from the chain.
    if (blocks === undefined || blocks.length !== pem.split("-----BEGIN").length - 1) return undefined;
    const own = blocks.filter(({ label }) => CERTIFICATE.has(label));
    try {
        // A trusted certificate has more behind it, which is OpenSSL's own.
        const ders = own.map(({ label, der }) => (label === "TRUSTED CERTIFICATE" ? der.subarray(0, elementAt(der, 0)?.to) : der));
        const isWhole = (der: Buffer): boolean => elementAt(der, 0)?.to === der.length && isWellFormed(der);
        return own.length === 0 || !ders.every(isWhole) ? undefined : ders.map((der) => new X509Certificate(der));
    } catch {
        return undefined;
    }
}

const CERTIFICATE = new Set(["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]);

function malformed(part: CredentialPart, pem: string): CredentialFault {
    const what = part === "ca" ? "the certificate authority" : "the certificate";
    if (pem.trim() === "") {
        return { code: "GH0119", part, message: `${what} is empty`, fix: "" };
    }
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem) && !pem.includes("CERTIFICATE-----")) {
        return { code: "GH0119", part, message: `${what} is a private key`, fix: "Swap the two." };
    }
    return {
        code: "GH0119",
        part,
        ...(pemFault(what, pem) ?? {
            message: `${what} is PEM that cannot be read: a block is cut short, malformed or holds something else`,
            fix: "",
        }),
    };
}

/** What keeps a text from being PEM, by the ways in which that happens; nothing where it begins as PEM does. */
function pemFault(what: string, pem: string): { readonly message: string; readonly fix: string } | undefined {
    if (/^(?:\ufeff|\u00ef\u00bb\u00bf)/.test(pem))
        return { message: `${what} begins with a byte order mark, which hides its first line`, fix: "Save it as UTF-8 without one." };
    if (/-----END [A-Z0-9 ]+----------BEGIN /.test(pem))
        return {
            message: `${what} is PEM with two blocks on one line`,
            fix: "Put a line break between `-----END …-----` and `-----BEGIN …-----`.",
        };
    if (/^[ \t]+-----BEGIN /m.test(pem))
        return { message: `${what} is PEM that is indented, so that no line begins a block`, fix: "Take the spaces away." };
    if (pem.includes("-----BEGIN ")) return undefined;
    if (/^LS0tLS1CRUdJTi/.test(pem)) return { message: `${what} is base64 of PEM`, fix: "Encode it once: under `stringData` not at all." };
    if (/^(?:0[\u0080-\u00ff\ufffd]|MII)/.test(pem))
        return { message: `${what} is DER, not PEM`, fix: "Convert it with `openssl x509 -inform der` or `openssl pkey -inform der`." };
    return {
        message: `${what} is not PEM`,
        fix: `It begins with \`-----BEGIN ${what.includes("key") ? "PRIVATE KEY" : "CERTIFICATE"}-----\`.`,
    };
}

interface ReadKey {
    /** Absent: it is known to belong to the certificate. */
    readonly key?: KeyObject;
    readonly pem: string;
}

/** The first private key of a text, as OpenSSL and BoringSSL take it. */
function privateKeyIn(pem: string, leaf: X509Certificate | undefined): ReadKey | CredentialFault {
    const part = "privateKey";
    const what = "the private key";
    if (pem.trim() === "") {
        return { code: "GH0120", part, message: `${what} is empty`, fix: "" };
    }
    const block = pemBlocks(pem)?.find(({ label }) => label.endsWith("PRIVATE KEY"));
    if (block?.label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type: ?4, ?ENCRYPTED/m.test(block?.headers ?? "")) {
        return {
            code: "GH0120",
            part,
            message: `${what} is encrypted, and nobody is there to type its passphrase`,
            fix: "Decrypt it with `openssl pkey`.",
        };
    }
    if (block === undefined) {
        if (pem.includes("-----BEGIN CERTIFICATE-----") && !pem.includes("PRIVATE KEY-----"))
            return { code: "GH0120", part, message: `${what} is a certificate`, fix: "It begins with `-----BEGIN PRIVATE KEY-----`." };
        return {
            code: "GH0120",
            part,
            ...(pemFault(what, pem) ?? { message: `${what} is PEM that cannot be read: it is cut short or of an unknown kind`, fix: "" }),
        };
    }
    const text = pemText(block.label, block.der);
    if (leaf?.publicKey.asymmetricKeyType === "ec" && isEcPair(publicKeyBytes(leaf), block.label, block.der)) return { pem: text };
    try {
        return { key: createPrivateKey(text), pem: text };
    } catch {
        return { code: "GH0120", part, message: `${what} is PEM that cannot be read: it is cut short or of an unknown kind`, fix: "" };
    }
}

function matchFaults(leaf: X509Certificate, key: KeyObject): CredentialFault[] {
    const fault = (message: string, fix: string): CredentialFault[] => [{ code: "GH0121", part: "privateKey", message, fix }];
    const of = `the certificate of ${shownText(subjectOf(leaf))}`;
    if (!leaf.checkPrivateKey(key))
        return fault(
            `the private key does not belong to ${of}`,
            "The first certificate of the text must be that of the key; authorities follow it.",
        );
    if (!isWhole(key))
        return fault(
            `the private key says that it belongs to ${of}, and its secret part does not`,
            "It is damaged, or put together from two: take it anew from where it was made.",
        );
    return [];
}

export function timeFaults(certificate: X509Certificate, part: CredentialPart, now: number): CredentialFault[] {
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

export function dayText(time: number): string {
    return Number.isFinite(time) ? new Date(time).toISOString() : "an unknown day";
}

function caFaults(pem: string, now: number): CredentialFault[] {
    const { authorities, fault } = readAuthorities(pem);
    return fault ? [fault] : authorities.flatMap((authority) => timeFaults(authority, "ca", now));
}

/** A bundle of authorities: one that can't be read spoils it. */
export function readAuthorities(pem: string): { readonly authorities: readonly X509Certificate[]; readonly fault?: CredentialFault } {
    const authorities = certificatesIn(pem);
    return authorities ? { authorities } : { authorities: [], fault: malformed("ca", pem) };
}

function hostFaults(leaf: X509Certificate, hosts: readonly string[]): CredentialFault[] {
    const names = namesOf(leaf);
    return hosts
        .filter((host) => host !== "*" && !coversHost(names, host))
        .map((host) => ({
            code: "GH0125",
            part: "certificate",
            fix: "",
            message: `the certificate does not name ${shownText(host)}; it is for ${names.length > 0 ? names.slice(0, 5).map(shownText).join(", ") : "no host"}`,
        }));
}

export function subjectOf(certificate: X509Certificate): string {
    return (certificate.subject || namesOf(certificate)[0] || "no name").split("\n").join(", ");
}

/** The DNS names and addresses a certificate is for, in lower case. The common name is not one of them (RFC 9525 §2). */
export function namesOf(certificate: X509Certificate): string[] {
    // A name with a comma or quote in it is quoted as JSON; such a one is no DNS name.
    const names = (certificate.subjectAltName ?? "").split(", ").flatMap((entry) => {
        const [, name] = /^(?:DNS|IP Address):([^"]+)$/.exec(entry) ?? [];
        return name === undefined ? [] : [name.toLowerCase()];
    });
    return names.slice();
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

/** The subjects of the authorities of a PEM text. */
export function authorityNames(pem: string): { readonly der: string; readonly text: string }[] {
    return (certificatesIn(pem) ?? []).map((certificate) => ({ der: subjectDer(certificate), text: shownText(subjectOf(certificate)) }));
}
