/**
 * Certificates and requests as the tls provider makes them, that is as Go's crypto/x509 writes them: the same
 * extensions in the same order with the same criticality.
 */
import "reflect-metadata";
import { createHash, createPublicKey, randomBytes, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { PropertyMap } from "../../types";
import { InvalidInputs } from "../provider";
import { publicDer } from "./keys";
import { arrayBuffer, keyPair, nodeCrypto, schemeOf } from "./signing";
import { nameJson } from "./subject";
import { extendedUses, keyUsageBits } from "./uses";

export interface Names {
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
    readonly uris: readonly string[];
}

export interface CertificateRequest extends Names {
    readonly subject: x509.Name;
    readonly publicKey: KeyObject;
}

export interface Terms {
    readonly allowedUses: readonly string[];
    readonly isCa: boolean;
    readonly maxPathLength: number | undefined;
    readonly setSubjectKeyId: boolean;
    readonly setAuthorityKeyId: boolean;
    readonly notBefore: Date;
    readonly notAfter: Date;
}

export interface Issuer {
    readonly key: KeyObject;
    /** Absent for a certificate that signs itself. */
    readonly certificate?: x509.X509Certificate;
}

export interface Issued {
    readonly pem: string;
    /** Decimal: the resource's id. */
    readonly serial: string;
}

/** Signs a certificate for what a request asks. */
export async function issue(request: CertificateRequest, terms: Terms, issuer: Issuer): Promise<Issued> {
    // 128 random bits, positive.
    const serialBytes = randomBytes(16);
    serialBytes[0] = (serialBytes[0] ?? 0) & 0x7f || 1;
    const serialNumber = serialBytes.toString("hex");
    const { privateKey } = keyPair(issuer.key);
    const certificate = await x509.X509CertificateGenerator.create(
        {
            serialNumber,
            subject: request.subject,
            issuer: issuer.certificate?.subjectName ?? request.subject,
            notBefore: terms.notBefore,
            notAfter: terms.notAfter,
            publicKey: new x509.PublicKey(arrayBuffer(publicDer(request.publicKey))),
            signingKey: privateKey,
            signingAlgorithm: schemeOf(issuer.key).algorithm,
            extensions: extensions(request, terms, issuer),
        },
        nodeCrypto,
    );
    return { pem: pemLines(certificate.toString("pem")), serial: BigInt(`0x${serialNumber}`).toString() };
}

function extensions(request: CertificateRequest, terms: Terms, issuer: Issuer): x509.Extension[] {
    const usage = keyUsageBits(terms.allowedUses);
    const extended = extendedUses(terms.allowedUses);
    const subjectKey = terms.setSubjectKeyId || terms.isCa ? keyIdentifier(request.publicKey) : undefined;
    const authorityKey = issuer.certificate
        ? issuer.certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId
        : terms.setAuthorityKeyId
          ? keyIdentifier(request.publicKey)
          : undefined;
    const names = generalNames(request);
    return [
        ...(usage === 0 ? [] : [new x509.KeyUsagesExtension(usage, true)]),
        ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended, false)]),
        new x509.BasicConstraintsExtension(terms.isCa, terms.isCa ? terms.maxPathLength : undefined, true),
        ...(subjectKey === undefined ? [] : [new x509.SubjectKeyIdentifierExtension(subjectKey, false)]),
        ...(authorityKey === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(authorityKey, false)]),
        // RFC 5280 §4.2.1.6: critical where there is no subject to go by.
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names, request.subject.toJSON().length === 0)]),
    ];
}

/** SHA-1 over the public key's bits (RFC 5280 §4.2.1.2 (1)). */
function keyIdentifier(publicKey: KeyObject): string {
    const spki = publicDer(publicKey);
    const bits = new x509.PublicKey(arrayBuffer(spki));
    return createHash("sha1")
        .update(Buffer.from(subjectPublicKey(bits)))
        .digest("hex");
}

/** The BIT STRING's content is the tail of the encoding: past its tag, its length and the count of unused bits. */
function subjectPublicKey(key: x509.PublicKey): Uint8Array {
    const der = new Uint8Array(key.rawData);
    const [outerHeader] = lengthAt(der, 1);
    const algorithmStart = 1 + outerHeader;
    const [algorithmHeader, algorithmLength] = lengthAt(der, algorithmStart + 1);
    const bitsStart = algorithmStart + 1 + algorithmHeader + algorithmLength;
    const [bitsHeader] = lengthAt(der, bitsStart + 1);
    return der.subarray(bitsStart + 1 + bitsHeader + 1);
}

/** A DER length at an offset: how many bytes it takes, and what it says. */
function lengthAt(der: Uint8Array, offset: number): [size: number, length: number] {
    const first = der[offset] ?? 0;
    if (first < 0x80) return [1, first];
    const count = first & 0x7f;
    const length = der.subarray(offset + 1, offset + 1 + count).reduce((sum, byte) => sum * 256 + byte, 0);
    return [1 + count, length];
}

function generalNames(names: Names): x509.JsonGeneralNames {
    return [
        ...names.dnsNames.map((value) => ({ type: "dns" as const, value })),
        ...names.ipAddresses.map((value) => ({ type: "ip" as const, value })),
        ...names.uris.map((value) => ({ type: "url" as const, value })),
    ];
}

export function subjectName(subject: PropertyMap): x509.Name {
    return new x509.Name(nameJson(subject));
}

/** A PKCS#10 request. */
export async function makeRequest(key: KeyObject, subject: x509.Name, names: Names): Promise<{ pem: string; der: Buffer }> {
    const general = generalNames(names);
    const request = await x509.Pkcs10CertificateRequestGenerator.create(
        {
            name: subject,
            keys: keyPair(key),
            signingAlgorithm: schemeOf(key).algorithm,
            extensions: general.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(general, false)],
        },
        nodeCrypto,
    );
    return { pem: pemLines(request.toString("pem")), der: Buffer.from(request.rawData) };
}

export function readRequest(pem: string): CertificateRequest {
    const request = parsed("certRequestPem", () => new x509.Pkcs10CertificateRequest(pem));
    const alternative = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
    const names = alternative?.names.items ?? [];
    const of = (type: string): string[] => names.filter((name) => name.type === type).map((name) => name.value);
    return {
        subject: request.subjectName,
        publicKey: createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" }),
        dnsNames: of("dns"),
        ipAddresses: of("ip"),
        uris: of("url"),
    };
}

let last: { readonly pem: string; readonly certificate: x509.X509Certificate } | undefined;

/** One authority signs many certificates in a row: it is read once. */
export function readCertificate(field: string, pem: string): x509.X509Certificate {
    if (last?.pem !== pem) last = { pem, certificate: parsed(field, () => new x509.X509Certificate(pem)) };
    return last.certificate;
}

function parsed<T>(field: string, parse: () => T): T {
    try {
        return parse();
    } catch {
        throw new InvalidInputs(`${field} is not what it should be in PEM form`);
    }
}

/** The library ends its PEM without the newline that every tool expects. */
function pemLines(pem: string): string {
    return pem.endsWith("\n") ? pem : `${pem}\n`;
}
