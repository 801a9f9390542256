/** Thousands of certificates in a moment: each with a key of its own, ECDSA P-256, signed by itself, for one host. */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { FleetCertificate } from "./fleet";

const DAY = 24 * 3600 * 1000;

export function certificateFor(host: string, days = 90): FleetCertificate {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const now = Date.now();
    const name = sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, Buffer.from("bench.example")))));
    const alternative = sequence(element(0x82, Buffer.from(host)));
    const signed = sequence(
        element(0xa0, element(0x02, Buffer.from([2]))),
        element(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])),
        sequence(ECDSA_SHA256),
        name,
        sequence(time(now - DAY), time(now + days * DAY)),
        name,
        publicKey.export({ type: "spki", format: "der" }),
        element(0xa3, sequence(sequence(ALTERNATIVE_NAME, element(0x04, alternative)))),
    );
    const signature = Buffer.concat([Buffer.from([0]), sign("sha256", signed, privateKey)]);
    const der = sequence(signed, sequence(ECDSA_SHA256), element(0x03, signature));
    const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
    return {
        certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
        key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
}

function element(tag: number, ...parts: readonly Buffer[]): Buffer {
    const content = Buffer.concat(parts);
    const { length } = content;
    const head = length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
    return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
    return element(0x30, ...parts);
}

/** UTCTime. */
function time(at: number): Buffer {
    return element(0x17, Buffer.from(`${new Date(at).toISOString().slice(2, 19).replace(/[-T:]/g, "")}Z`));
}

/** Object identifiers, whole. */
const COMMON_NAME = Buffer.from("0603550403", "hex");
const ECDSA_SHA256 = Buffer.from("06082a8648ce3d040302", "hex");
const ALTERNATIVE_NAME = Buffer.from("0603551d11", "hex");
