/**
 * Names out of a certificate, read from its DER: what a stranger writes into one is never read back out of a text that
 * was meant for people, where it could be taken for another name. Nothing here throws.
 */
import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { childrenOf, contentOf, DER, elementAt, oidText, type DerElement } from "./der";

export interface AlternativeName {
    readonly type: "DNS" | "URI" | "email" | "IP" | "other";
    /** Text as it stands, one character a byte; an address in its usual form; of other types nothing. */
    readonly value: string;
}

const SUBJECT_ALT_NAME = "2.5.29.17";
const KEY_USAGE = "2.5.29.15";
/** Context tags of GeneralName (RFC 5280 §4.2.1.6). */
const GENERAL_NAMES: Readonly<Record<number, AlternativeName["type"]>> = { 0x81: "email", 0x82: "DNS", 0x86: "URI", 0x87: "IP" };

/** The short names that OpenSSL, and so Envoy, writes in a subject. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.13": "description",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.41": "name",
    "2.5.4.42": "GN",
    "2.5.4.43": "initials",
    "2.5.4.44": "generationQualifier",
    "2.5.4.46": "dnQualifier",
    "2.5.4.65": "pseudonym",
    "2.5.4.97": "organizationIdentifier",
    "1.2.840.113549.1.9.1": "emailAddress",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
};

interface Parts {
    readonly der: Buffer;
    readonly fields: readonly DerElement[];
}

/** The fields of the TBSCertificate after its version. */
function partsOf(certificate: X509Certificate): Parts {
    const der = certificate.raw;
    const [tbs] = childrenOf(der, elementAt(der, 0));
    const fields = childrenOf(der, tbs);
    return { der, fields: fields[0]?.tag === 0xa0 ? fields.slice(1) : fields };
}

/** The value of an extension; undefined where there is none, or two (RFC 5280 §4.2: whoever reads the other one sees another). */
function extensionOf({ der, fields }: Parts, id: string): DerElement | undefined {
    const wrapper = fields.find(({ tag }) => tag === 0xa3);
    const [list] = childrenOf(der, wrapper);
    const found = childrenOf(der, list).flatMap((extension) => {
        const [type, ...rest] = childrenOf(der, extension);
        const value = rest.at(-1);
        return type !== undefined && value?.tag === DER.OCTET_STRING && oidText(contentOf(der, type)) === id ? [value] : [];
    });
    const [value] = found;
    return value === undefined || found.length > 1 ? undefined : elementAt(der, value.from, value.to);
}

export function alternativeNames(certificate: X509Certificate): AlternativeName[] {
    const parts = partsOf(certificate);
    return childrenOf(parts.der, extensionOf(parts, SUBJECT_ALT_NAME)).map((name) => alternativeName(contentOf(parts.der, name), name.tag));
}

/** Whether its key may sign handshakes, which with every cipher that we offer it must; BoringSSL asks for it, OpenSSL does not. */
export function maySign(certificate: X509Certificate): boolean {
    return isAllowed(certificate, 0x80);
}

/** Whether its key may sign certificates. */
export function maySignCertificates(certificate: X509Certificate): boolean {
    return isAllowed(certificate, 0x04);
}

function isAllowed(certificate: X509Certificate, bit: number): boolean {
    const parts = partsOf(certificate);
    const usage = extensionOf(parts, KEY_USAGE);
    if (usage === undefined) return true;
    // A BIT STRING: the number of unused bits, then the bits, digitalSignature first and keyCertSign sixth.
    return usage.tag === DER.BIT_STRING && ((parts.der[usage.from + 1] ?? 0) & bit) !== 0;
}

function alternativeName(content: Buffer, tag: number): AlternativeName {
    const type = GENERAL_NAMES[tag] ?? "other";
    if (type === "other") return { type, value: "" };
    return { type, value: type === "IP" ? addressText(content) : content.toString("latin1") };
}

function addressText(bytes: Buffer): string {
    if (bytes.length === 4) return bytes.join(".");
    if (bytes.length !== 16) return "";
    const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
    const text = groups.join(":");
    return isIP(text) === 6 ? canonicalAddress(text) : "";
}

/** An IPv6 address in the one form of RFC 5952, as far as a URL writes it. */
export function canonicalAddress(text: string): string {
    if (isIP(text) !== 6 || text.includes("%")) return text;
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/** The subject as RFC 2253 writes it: last attribute first, everything that could end a value escaped, ASCII only. */
export function subjectText(certificate: X509Certificate): string {
    return nameText(certificate, 4);
}

/** The issuer, written so. */
export function issuerText(certificate: X509Certificate): string {
    return nameText(certificate, 2);
}

/** `field`: behind the version come serialNumber, signature, issuer, validity, subject. */
function nameText(certificate: X509Certificate, field: 2 | 4): string {
    const { der, fields } = partsOf(certificate);
    return childrenOf(der, fields[field])
        .reverse()
        .map((set) =>
            childrenOf(der, set)
                .map((attribute) => attributeText(der, attribute))
                .join("+"),
        )
        .join(",");
}

function attributeText(der: Buffer, attribute: DerElement): string {
    const [id, value] = childrenOf(der, attribute);
    if (id === undefined || value === undefined) return "";
    const oid = oidText(contentOf(der, id));
    const name = ATTRIBUTES[oid];
    // What has no name is written as its bytes, so that it is taken for nothing else (RFC 2253 §2.4).
    return name === undefined
        ? `${oid}=#${der.subarray(value.start, value.to).toString("hex").toUpperCase()}`
        : `${name}=${escaped(stringBytes(der, value))}`;
}

/** UTF-8 bytes of a string of any ASN.1 type. */
function stringBytes(der: Buffer, element: DerElement): Buffer {
    const content = contentOf(der, element);
    switch (element.tag) {
        case DER.UTF8:
            return content;
        case DER.BMP_STRING:
            return Buffer.from(wide(content, 2));
        case DER.UNIVERSAL_STRING:
            return Buffer.from(wide(content, 4));
        // PrintableString and IA5String are ASCII; what is above it, and TeletexString, is read as Latin-1 by everybody.
        default:
            return Buffer.from(content.toString("latin1"));
    }
}

function wide(content: Buffer, size: 2 | 4): string {
    let text = "";
    for (let at = 0; at + size <= content.length; at += size) {
        const point = content.readUIntBE(at, size);
        text += point > 0x10ffff ? "\ufffd" : size === 2 ? String.fromCharCode(point) : String.fromCodePoint(point);
    }
    return text;
}

const SPECIAL = new Set([...`,+"\\<>;`].map((character) => character.charCodeAt(0)));

function escaped(bytes: Buffer): string {
    let text = "";
    for (const [at, byte] of bytes.entries()) {
        const isEdge = (byte === 0x20 && (at === 0 || at === bytes.length - 1)) || (byte === 0x23 && at === 0);
        if (byte < 0x20 || byte > 0x7e) text += `\\${byte.toString(16).toUpperCase().padStart(2, "0")}`;
        else text += SPECIAL.has(byte) || isEdge ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
    }
    return text;
}

/** The SubjectPublicKeyInfo as it stands in the certificate. */
export function publicKeyBytes(certificate: X509Certificate): Buffer {
    const { der, fields } = partsOf(certificate);
    return fields[5] === undefined ? Buffer.alloc(0) : der.subarray(fields[5].start, fields[5].to);
}

/** The DER of the subject, as revocation lists name their issuer. */
export function subjectDer(certificate: X509Certificate): string {
    const { der, fields } = partsOf(certificate);
    return fields[4] === undefined ? "" : der.subarray(fields[4].start, fields[4].to).toString("hex");
}
