/** Certificate authorities and certificates for tests, made at test time. ECDSA P-256 unless RSA is asked for: fast. */
import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 };
const DAY = 24 * 60 * 60 * 1000;

/** A certificate and its key, both PEM. */
export interface TestCertificate {
    readonly cert: string;
    readonly key: string;
}

export interface TestCertificateOptions {
    /** Default: the first DNS name. */
    readonly commonName?: string;
    readonly dns?: readonly string[];
    readonly uris?: readonly string[];
    readonly ips?: readonly string[];
    readonly rsa?: boolean;
    readonly notBefore?: Date;
    readonly notAfter?: Date;
}

export interface TestAuthority extends TestCertificate {
    issue(options: TestCertificateOptions): Promise<TestCertificate>;
}

let serial = 0;
function nextSerial(): string {
    return (++serial + 0x10000000).toString(16) + Date.now().toString(16).padStart(12, "0");
}

async function keyPair(rsa: boolean): Promise<webcrypto.CryptoKeyPair> {
    return (await webcrypto.subtle.generateKey(rsa ? RSA : ECDSA, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
    const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
    return `-----BEGIN PRIVATE KEY-----\n${der.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

function namesOf(options: TestCertificateOptions): x509.Extension[] {
    const names = [
        ...(options.dns ?? []).map((value) => ({ type: "dns" as const, value })),
        ...(options.uris ?? []).map((value) => ({ type: "url" as const, value })),
        ...(options.ips ?? []).map((value) => ({ type: "ip" as const, value })),
    ];
    return names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [];
}

/** A self-signed authority that issues leaves. */
export async function makeAuthority(commonName = "Test CA"): Promise<TestAuthority> {
    const keys = await keyPair(false);
    const authority = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: nextSerial(),
        name: `CN=${commonName}`,
        notBefore: new Date(Date.now() - DAY),
        notAfter: new Date(Date.now() + 30 * DAY),
        signingAlgorithm: ECDSA,
        keys,
        extensions: [
            new x509.BasicConstraintsExtension(true, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    return {
        cert: `${authority.toString("pem")}\n`,
        key: await keyPem(keys.privateKey),
        issue: async (options) => {
            const own = await keyPair(options.rsa ?? false);
            const leaf = await x509.X509CertificateGenerator.create({
                serialNumber: nextSerial(),
                subject: `CN=${options.commonName ?? options.dns?.[0] ?? "test"}`,
                issuer: authority.subject,
                notBefore: options.notBefore ?? new Date(Date.now() - DAY),
                notAfter: options.notAfter ?? new Date(Date.now() + 20 * DAY),
                signingAlgorithm: ECDSA,
                publicKey: own.publicKey,
                signingKey: keys.privateKey,
                extensions: [
                    new x509.BasicConstraintsExtension(false),
                    await x509.AuthorityKeyIdentifierExtension.create(authority),
                    ...namesOf(options),
                ],
            });
            return { cert: `${leaf.toString("pem")}\n`, key: await keyPem(own.privateKey) };
        },
    };
}

/** A certificate that trusts nobody but itself. */
export async function makeSelfSigned(options: TestCertificateOptions): Promise<TestCertificate> {
    const keys = await keyPair(options.rsa ?? false);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: nextSerial(),
        name: `CN=${options.commonName ?? options.dns?.[0] ?? "test"}`,
        notBefore: options.notBefore ?? new Date(Date.now() - DAY),
        notAfter: options.notAfter ?? new Date(Date.now() + 20 * DAY),
        signingAlgorithm: options.rsa ? RSA : ECDSA,
        keys,
        extensions: namesOf(options),
    });
    return { cert: `${certificate.toString("pem")}\n`, key: await keyPem(keys.privateKey) };
}
