/** Private keys of the tls provider: making them, and every form in which it gives them out. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { InvalidInputs } from "../provider";
import { opensshPrivateKey, opensshPublicBlob, opensshType } from "./openssh";

/** Pulumi's names of the curves and OpenSSL's. */
const CURVES: Readonly<Record<string, string>> = { P224: "secp224r1", P256: "prime256v1", P384: "secp384r1", P521: "secp521r1" };

export function generateKey(algorithm: string, curve: string, rsaBits: number): KeyObject {
    switch (algorithm) {
        case "RSA":
            if (rsaBits < 1024 || rsaBits > 16384) throw new InvalidInputs(`rsaBits must be 1024 to 16384, got ${rsaBits}`);
            return generateKeyPairSync("rsa", { modulusLength: rsaBits }).privateKey;
        case "ECDSA": {
            const namedCurve = CURVES[curve];
            if (!namedCurve) throw new InvalidInputs(`ecdsaCurve must be one of ${Object.keys(CURVES).join(", ")}, got ${curve}`);
            return generateKeyPairSync("ec", { namedCurve }).privateKey;
        }
        case "ED25519":
            return generateKeyPairSync("ed25519").privateKey;
        default:
            throw new InvalidInputs(`algorithm must be RSA, ECDSA or ED25519, got ${algorithm}`);
    }
}

/** Reads a key that a user gave; what is in it never shows in the message. */
export function readPrivateKey(field: string, pem: string): KeyObject {
    try {
        return createPrivateKey(pem);
    } catch {
        throw new InvalidInputs(`${field} holds no private key in PEM form that can be read without a password`);
    }
}

export function keyAlgorithm(key: KeyObject): "RSA" | "ECDSA" | "ED25519" {
    switch (key.asymmetricKeyType) {
        case "rsa":
            return "RSA";
        case "ec":
            return "ECDSA";
        case "ed25519":
            return "ED25519";
        default:
            throw new InvalidInputs(`a key of type ${key.asymmetricKeyType ?? "unknown"} cannot be used; wanted RSA, ECDSA or ED25519`);
    }
}

/** The key in its own type's form: PKCS#1, SEC1, and PKCS#8 where a type has none. */
export function privatePem(key: KeyObject): string {
    switch (keyAlgorithm(key)) {
        case "RSA":
            return key.export({ type: "pkcs1", format: "pem" }).toString();
        case "ECDSA":
            return key.export({ type: "sec1", format: "pem" }).toString();
        case "ED25519":
            return key.export({ type: "pkcs8", format: "pem" }).toString();
    }
}

export function pkcs8Pem(key: KeyObject): string {
    return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Of either half of a pair: Node derives a public key from private ones only. */
export function publicDer(key: KeyObject): Buffer {
    return (key.type === "public" ? key : createPublicKey(key)).export({ type: "spki", format: "der" });
}

export function publicPem(key: KeyObject): string {
    return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}

export interface PublicForms {
    readonly publicKeyPem: string;
    readonly publicKeyOpenssh: string;
    readonly publicKeyFingerprintMd5: string;
    readonly publicKeyFingerprintSha256: string;
}

/** OpenSSH knows no P-224: those forms are then empty, as the provider has them. */
export function publicForms(key: KeyObject): PublicForms {
    const blob = opensshPublicBlob(key);
    if (!blob) return { publicKeyPem: publicPem(key), publicKeyOpenssh: "", publicKeyFingerprintMd5: "", publicKeyFingerprintSha256: "" };
    const md5 = createHash("md5").update(blob).digest("hex").match(/../g) ?? [];
    return {
        publicKeyPem: publicPem(key),
        publicKeyOpenssh: `${opensshType(key)} ${blob.toString("base64")}\n`,
        publicKeyFingerprintMd5: md5.join(":"),
        publicKeyFingerprintSha256: `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`,
    };
}

export function privateOpenssh(key: KeyObject): string {
    return opensshPrivateKey(key) ?? "";
}
