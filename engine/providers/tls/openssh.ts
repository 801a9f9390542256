/** Keys in OpenSSH's own forms (RFC 4253 §6.6, RFC 5656, RFC 8709 and OpenSSH's PROTOCOL.key). */
import { createPublicKey, randomBytes, type JsonWebKey, type KeyObject } from "node:crypto";

const CURVES: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/** `ssh-ed25519` and so on; undefined for a key that OpenSSH has no name for. */
export function opensshType(key: KeyObject): string | undefined {
    switch (key.asymmetricKeyType) {
        case "rsa":
            return "ssh-rsa";
        case "ed25519":
            return "ssh-ed25519";
        case "ec": {
            const curve = curveOf(key);
            return curve === undefined ? undefined : `ecdsa-sha2-${curve}`;
        }
        default:
            return undefined;
    }
}

/** The public key as it stands, encoded, in an authorized_keys line. */
export function opensshPublicBlob(key: KeyObject): Buffer | undefined {
    const type = opensshType(key);
    if (type === undefined) return undefined;
    return Buffer.concat([text(type), ...publicFields(createPublicKey(key).export({ format: "jwk" }))]);
}

/** An unencrypted `OPENSSH PRIVATE KEY`. */
export function opensshPrivateKey(key: KeyObject): string | undefined {
    const type = opensshType(key);
    const publicBlob = opensshPublicBlob(key);
    if (type === undefined || publicBlob === undefined) return undefined;
    // The same number twice: whoever decrypts sees that the password was right.
    const check = randomBytes(4);
    const comment = text("");
    const plain = Buffer.concat([check, check, text(type), ...privateFields(key.export({ format: "jwk" })), comment]);
    const padding = Buffer.from(Array.from({ length: (8 - (plain.length % 8)) % 8 }, (_, index) => index + 1));
    const body = Buffer.concat([
        Buffer.from("openssh-key-v1\0"),
        text("none"),
        text("none"),
        text(""),
        uint32(1),
        field(publicBlob),
        field(Buffer.concat([plain, padding])),
    ]);
    const lines = body.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function curveOf(key: KeyObject): string | undefined {
    // Node has no JWK for P-224 and throws; OpenSSH has no name for it either.
    if (key.asymmetricKeyDetails?.namedCurve === "secp224r1") return undefined;
    return CURVES[key.export({ format: "jwk" }).crv ?? ""];
}

function publicFields(jwk: JsonWebKey): Buffer[] {
    if (jwk.kty === "RSA") return [integer(jwk.e), integer(jwk.n)];
    if (jwk.kty === "OKP") return [field(bytes(jwk.x))];
    return [text(CURVES[jwk.crv ?? ""] ?? ""), field(point(jwk))];
}

function privateFields(jwk: JsonWebKey): Buffer[] {
    if (jwk.kty === "RSA") return [integer(jwk.n), integer(jwk.e), integer(jwk.d), integer(jwk.qi), integer(jwk.p), integer(jwk.q)];
    if (jwk.kty === "OKP") return [field(bytes(jwk.x)), field(Buffer.concat([bytes(jwk.d), bytes(jwk.x)]))];
    return [...publicFields(jwk), integer(jwk.d)];
}

/** An uncompressed point (SEC 1 §2.3.3). */
function point(jwk: JsonWebKey): Buffer {
    return Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)]);
}

function bytes(base64url: string | undefined): Buffer {
    return Buffer.from(base64url ?? "", "base64url");
}

/** An mpint: without leading zeros, but with one where the top bit would make it negative (RFC 4251 §5). */
function integer(base64url: string | undefined): Buffer {
    const raw = bytes(base64url);
    const first = raw.findIndex((byte) => byte !== 0);
    const value = first < 0 ? Buffer.alloc(0) : raw.subarray(first);
    return field((value[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), value]) : value);
}

function text(value: string): Buffer {
    return field(Buffer.from(value));
}

function field(value: Buffer): Buffer {
    return Buffer.concat([uint32(value.length), value]);
}

function uint32(value: number): Buffer {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32BE(value);
    return buffer;
}
