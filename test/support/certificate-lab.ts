/**
 * Certificates, revocation lists and OCSP responses of every shape, good and bad, as DER written by hand: what no
 * library that means well would make.
 */
import {
    createHash,
    createPrivateKey,
    createPublicKey,
    generateKeyPairSync,
    randomBytes,
    sign,
    X509Certificate,
    type KeyObject,
} from "node:crypto";
import { der, extension, oid, attribute, pemOf, subjectOf } from "./der-writer";

export type LabKey =
    | "ec"
    | "p224"
    | "p384"
    | "p521"
    | "secp256k1"
    | "brainpool"
    | "ed25519"
    | "ed448"
    | "rsa"
    | "rsa512"
    | "rsa1024"
    | "rsa2047"
    | "rsa4096"
    | "rsa-e3"
    | "rsa-e1"
    | "rsa-pss";
export type LabPair = { readonly cert: string; readonly key: string };

export interface LabOptions {
    readonly cn?: string;
    /** DER of GeneralNames. */
    readonly names?: readonly Buffer[];
    readonly signer?: LabPair;
    readonly key?: LabKey;
    readonly sha1?: boolean;
    /** basicConstraints: none (undefined), or with these. */
    readonly ca?: boolean;
    readonly pathLength?: number;
    /** Key usage bits, as in `0x06` for keyCertSign and cRLSign. */
    readonly usage?: number;
    readonly purposes?: readonly ("server" | "client" | "any" | "email")[];
    /** Names that an authority may sign for, and those that it may not. */
    readonly permitted?: readonly Buffer[];
    readonly excluded?: readonly Buffer[];
    /** Further ones, as `criticalExtension` and `extension` write them. */
    readonly extensions?: readonly Buffer[];
    /** The content of the INTEGER. */
    readonly serial?: Buffer;
    /** As it is written: 0 is version 1. Without extensions where there is none to write. */
    readonly version?: number;
    /** DER of the two times, instead of `from` and `until`. */
    readonly validity?: readonly [Buffer, Buffer];
    /** Days from now. */
    readonly from?: number;
    readonly until?: number;
    /** Puts this key into the certificate. */
    readonly keyPem?: string;
}

const PURPOSES = { server: "1.3.6.1.5.5.7.3.1", client: "1.3.6.1.5.5.7.3.2", email: "1.3.6.1.5.5.7.3.4", any: "2.5.29.37.0" };
const DAY = 86_400_000;
interface LabKeys {
    readonly privateKey: KeyObject;
    readonly publicKey: KeyObject;
}

const made = new Map<string, LabKeys>();

function keysOf(kind: LabKey): LabKeys {
    const rsa = (modulusLength: number) => generateKeyPairSync("rsa", { modulusLength });
    switch (kind) {
        case "ec":
            return generateKeyPairSync("ec", { namedCurve: "P-256" });
        case "p224":
            return generateKeyPairSync("ec", { namedCurve: "secp224r1" });
        case "secp256k1":
            return generateKeyPairSync("ec", { namedCurve: "secp256k1" });
        case "brainpool":
            return generateKeyPairSync("ec", { namedCurve: "brainpoolP256r1" });
        case "ed448":
            return generateKeyPairSync("ed448");
        case "p384":
            return generateKeyPairSync("ec", { namedCurve: "P-384" });
        case "p521":
            return generateKeyPairSync("ec", { namedCurve: "P-521" });
        case "ed25519":
            return generateKeyPairSync("ed25519");
        // Dear to make: one of each is enough.
        case "rsa":
        case "rsa512":
        case "rsa1024":
        case "rsa2047":
        case "rsa4096":
            return once(kind, () => rsa({ rsa: 2048, rsa512: 512, rsa1024: 1024, rsa2047: 2047, rsa4096: 4096 }[kind]));
        case "rsa-e3":
            return once(kind, () => generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }));
        case "rsa-e1":
            return once(kind, withExponentOne);
        case "rsa-pss":
            return once(kind, () => generateKeyPairSync("rsa-pss", { modulusLength: 2048 }));
        default:
            return kind satisfies never;
    }
}

function once(kind: LabKey, make: () => LabKeys): LabKeys {
    const keys = made.get(kind) ?? make();
    made.set(kind, keys);
    return keys;
}

/** Whose signature is the message itself. */
function withExponentOne(): LabKeys {
    const key = keysOf("rsa").privateKey.export({ format: "jwk" });
    const privateKey = createPrivateKey({ key: { ...key, e: "AQ", d: "AQ", dp: "AQ", dq: "AQ" }, format: "jwk" });
    return { privateKey, publicKey: createPublicKey(privateKey) };
}

const time = (at: number): Buffer => der(0x18, `${new Date(at).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`);

function algorithmOf(key: KeyObject, sha1: boolean): Buffer {
    switch (key.asymmetricKeyType) {
        case "ed25519":
            return der(0x30, oid("1.3.101.112"));
        case "rsa":
            return der(0x30, oid(sha1 ? "1.2.840.113549.1.1.5" : "1.2.840.113549.1.1.11"), der(0x05));
        default:
            return der(0x30, oid(sha1 ? "1.2.840.10045.4.1" : "1.2.840.10045.4.3.2"));
    }
}

function signed(body: (algorithm: Buffer) => Buffer, key: KeyObject, sha1 = false): Buffer {
    const algorithm = algorithmOf(key, sha1);
    const whole = body(algorithm);
    const digest = key.asymmetricKeyType === "ed25519" ? null : sha1 ? "sha1" : "sha256";
    return der(0x30, whole, algorithm, der(0x03, Buffer.of(0), sign(digest, whole, key)));
}

export function labCertificate(options: LabOptions): LabPair {
    const {
        cn,
        names = [],
        signer,
        key = "ec",
        sha1 = false,
        ca,
        pathLength,
        usage,
        purposes = [],
        permitted = [],
        excluded = [],
        from = -1,
        until = 20,
        version = 2,
    } = options;
    const {
        serial = Buffer.concat([Buffer.of(1), randomBytes(8)]),
        validity = [time(Date.now() + from * DAY), time(Date.now() + until * DAY)],
    } = options;
    const own =
        options.keyPem === undefined
            ? keysOf(key)
            : { privateKey: createPrivateKey(options.keyPem), publicKey: createPublicKey(options.keyPem) };
    const subject = der(0x30, ...(cn === undefined ? [] : [attribute("2.5.4.3", der(0x0c, Buffer.from(cn)))]));
    const extensions = [
        ...(ca === undefined
            ? []
            : [
                  criticalExtension(
                      "2.5.29.19",
                      der(
                          0x30,
                          ...(ca ? [der(0x01, Buffer.of(0xff))] : []),
                          ...(pathLength === undefined ? [] : [der(0x02, Buffer.of(pathLength))]),
                      ),
                  ),
              ]),
        ...(usage === undefined ? [] : [criticalExtension("2.5.29.15", der(0x03, Buffer.of(0, usage)))]),
        ...(purposes.length > 0 ? [extension("2.5.29.37", der(0x30, ...purposes.map((one) => oid(PURPOSES[one]))))] : []),
        ...(permitted.length + excluded.length > 0
            ? [extension("2.5.29.30", der(0x30, ...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded)))]
            : []),
        ...(options.extensions ?? []),
        ...(names.length > 0 ? [extension("2.5.29.17", der(0x30, ...names))] : []),
    ];
    const whole = signed(
        (algorithm) =>
            der(
                0x30,
                ...(version === 0 ? [] : [der(0xa0, der(0x02, Buffer.of(version)))]),
                der(0x02, serial),
                algorithm,
                signer ? subjectOf(new X509Certificate(signer.cert)) : subject,
                der(0x30, ...validity),
                subject,
                own.publicKey.export({ type: "spki", format: "der" }),
                ...(extensions.length > 0 ? [der(0xa3, der(0x30, ...extensions))] : []),
            ),
        signer ? createPrivateKey(signer.key) : own.privateKey,
        sha1,
    );
    return { cert: pemOf("CERTIFICATE", whole), key: own.privateKey.export({ type: "pkcs8", format: "pem" }) as string };
}

function subtrees(tag: number, names: readonly Buffer[]): Buffer[] {
    return names.length === 0 ? [] : [der(tag, ...names.map((one) => der(0x30, one)))];
}

/** One that whoever does not know it must refuse (RFC 5280 §4.2). */
export function criticalExtension(type: string, value: Buffer): Buffer {
    return der(0x30, oid(type), der(0x01, Buffer.of(0xff)), der(0x04, value));
}

/** An authority: `labAuthority("Root")`, `labAuthority("Issuing", { signer: root })`. */
export function labAuthority(cn: string, options: LabOptions = {}): LabPair {
    return labCertificate({ cn, ca: true, usage: 0x06, ...options });
}

/** A certificate with what is shown behind it. */
export function chained(first: LabPair, ...above: readonly LabPair[]): LabPair {
    return { key: first.key, cert: [first, ...above].map(({ cert }) => cert).join("") };
}

export interface LabListOptions {
    readonly from?: number;
    /** No `nextUpdate` where it is `none`. */
    readonly until?: number | "none";
    readonly signedBy?: LabPair;
    /** As it is written: 0 is version 1, which has no extensions. */
    readonly version?: number;
    readonly extensions?: readonly Buffer[];
    /** Of each entry. */
    readonly entryExtensions?: readonly Buffer[];
}

/** A list of what an authority takes back. Days from now. */
export function labRevocations(signer: LabPair, revoked: readonly LabPair[], options: LabListOptions = {}): string {
    const { from = -1, until = 20, signedBy = signer, version = 1, extensions = [], entryExtensions = [] } = options;
    const entries = revoked.map(({ cert }) =>
        der(0x30, serialOf(cert), time(Date.now() - DAY), ...(entryExtensions.length > 0 ? [der(0x30, ...entryExtensions)] : [])),
    );
    const whole = signed(
        (algorithm) =>
            der(
                0x30,
                ...(version === 0 ? [] : [der(0x02, Buffer.of(version))]),
                algorithm,
                subjectOf(new X509Certificate(signer.cert)),
                time(Date.now() + from * DAY),
                ...(until === "none" ? [] : [time(Date.now() + until * DAY)]),
                ...(entries.length > 0 ? [der(0x30, ...entries)] : []),
                ...(extensions.length > 0 ? [der(0xa0, der(0x30, ...extensions))] : []),
            ),
        createPrivateKey(signedBy.key),
    );
    return pemOf("X509 CRL", whole);
}

/** What an authority's OCSP responder says of a certificate, as DER. */
export function labStaple(
    issuer: LabPair,
    of: LabPair,
    options: {
        readonly status?: "good" | "revoked" | "unknown";
        readonly from?: number;
        readonly until?: number;
        readonly answer?: number;
    } = {},
): Buffer {
    const { status = "good", from = -1, until = 5, answer = 0 } = options;
    if (answer !== 0) return der(0x30, der(0x0a, Buffer.of(answer)));
    const authority = new X509Certificate(issuer.cert);
    const sha1 = (bytes: Buffer): Buffer => der(0x04, createHash("sha1").update(bytes).digest());
    const spki = authority.publicKey.export({ type: "spki", format: "der" });
    // The BIT STRING's content: the last bytes of an EC key on P-256.
    const id = der(
        0x30,
        der(0x30, oid("1.3.14.3.2.26"), der(0x05)),
        sha1(subjectOf(authority)),
        sha1(spki.subarray(-65)),
        serialOf(of.cert),
    );
    const verdict = status === "good" ? der(0x80) : status === "unknown" ? der(0x82) : der(0xa1, time(Date.now() - DAY));
    const single = der(0x30, id, verdict, time(Date.now() + from * DAY), der(0xa0, time(Date.now() + until * DAY)));
    const key = createPrivateKey(issuer.key);
    const data = der(0x30, der(0xa1, subjectOf(authority)), time(Date.now() + from * DAY), der(0x30, single));
    const basic = der(0x30, data, algorithmOf(key, false), der(0x03, Buffer.of(0), sign("sha256", data, key)));
    return der(0x30, der(0x0a, Buffer.of(0)), der(0xa0, der(0x30, oid("1.3.6.1.5.5.7.48.1.1"), der(0x04, basic))));
}

function serialOf(cert: string): Buffer {
    return der(0x02, Buffer.from(new X509Certificate(cert).serialNumber, "hex"));
}

export const dnsName = (text: string): Buffer => der(0x82, text);
export const uriName = (text: string): Buffer => der(0x86, text);
export const mailName = (text: string): Buffer => der(0x81, text);
export const addressName = (...bytes: readonly number[]): Buffer => der(0x87, Buffer.from(bytes));
