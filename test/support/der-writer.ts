/** Writes DER, and certificates whose subject and names are given as DER: such as no authority of good will would sign. */
import { createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from "node:crypto";

export function der(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
    const content = Buffer.concat(contents.map((one) => (typeof one === "string" ? Buffer.from(one, "latin1") : one)));
    const { length } = content;
    const size =
        length < 0x80
            ? Buffer.of(length)
            : length < 0x100
              ? Buffer.of(0x81, length)
              : length < 0x10000
                ? Buffer.of(0x82, length >> 8, length & 255)
                : Buffer.of(0x83, length >> 16, (length >> 8) & 255, length & 255);
    return Buffer.concat([Buffer.of(tag), size, content]);
}

export function oid(text: string): Buffer {
    const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
    const base128 = (arc: number): number[] =>
        arc < 128 ? [arc] : [...base128(Math.floor(arc / 128)).map((byte) => byte | 0x80), arc % 128];
    return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** One attribute of a subject: `attribute("2.5.4.3", der(0x0c, "name"))`. */
export function attribute(type: string, value: Buffer): Buffer {
    return der(0x31, der(0x30, oid(type), value));
}

export function extension(type: string, value: Buffer): Buffer {
    return der(0x30, oid(type), der(0x04, value));
}

const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ECDSA_SHA256 = der(0x30, oid("1.2.840.10045.4.3.2"));
const time = (at: number): Buffer => der(0x18, `${new Date(at).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`);

/** Key usage and the like are left out. `signer`: PEMs of an authority; without it the certificate signs itself. */
export function oddCertificate(
    subject: Buffer,
    names: readonly Buffer[] | undefined,
    options: { readonly signer?: { readonly cert: string; readonly key: string }; readonly extensions?: readonly Buffer[] } = {},
): { cert: string; key: string } {
    const { signer, extensions = [] } = options;
    const issuer = signer ? subjectOf(new X509Certificate(signer.cert)) : subject;
    const all = [...(names ? [extension("2.5.29.17", der(0x30, ...names))] : []), ...extensions];
    const body = der(
        0x30,
        der(0xa0, der(0x02, Buffer.of(2))),
        der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
        ECDSA_SHA256,
        issuer,
        der(0x30, time(Date.now() - 86_400_000), time(Date.now() + 20 * 86_400_000)),
        subject,
        keys.publicKey.export({ type: "spki", format: "der" }),
        ...(all.length > 0 ? [der(0xa3, der(0x30, ...all))] : []),
    );
    const key: KeyObject = signer ? createPrivateKey(signer.key) : keys.privateKey;
    const whole = der(0x30, body, ECDSA_SHA256, der(0x03, Buffer.of(0), sign("sha256", body, key)));
    return { cert: pemOf("CERTIFICATE", whole), key: keys.privateKey.export({ type: "pkcs8", format: "pem" }) as string };
}

export function pemOf(label: string, bytes: Buffer): string {
    return `-----BEGIN ${label}-----\n${bytes.toString("base64").replace(/.{64}/g, "$&\n").trimEnd()}\n-----END ${label}-----\n`;
}

/** The DER of a certificate's subject, which is what its issues name as their issuer. */
export function subjectOf(certificate: X509Certificate): Buffer {
    const { raw } = certificate;
    const at = (start: number): { readonly from: number; readonly to: number } => {
        const first = raw[start + 1]!;
        const size = first < 0x80 ? 0 : first & 0x7f;
        const from = start + 2 + size;
        return { from, to: from + (size === 0 ? first : raw.readUIntBE(start + 2, size)) };
    };
    let start = at(at(0).from).from;
    // Of version 1 none is written. Behind it come serialNumber, signature, issuer, validity.
    if (raw[start] === 0xa0) start = at(start).to;
    for (let field = 0; field < 4; field++) start = at(start).to;
    return raw.subarray(start, at(start).to);
}
