/** Keys and certificates that real clients take: checked by openssl's rules in node and by ssh's own form. */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from "node:crypto";
import { once } from "node:events";
import tls from "node:tls";
import type { AddressInfo } from "node:net";
import { describe, it } from "mocha";
import * as pulumiTls from "@pulumi/tls";
import { evaluate, type PropertyMap } from "../../../engine/testing";
import { engineFailure } from "../support";

const KINDS = {
    p224: { algorithm: "ECDSA" },
    p256: { algorithm: "ECDSA", ecdsaCurve: "P256" },
    p384: { algorithm: "ECDSA", ecdsaCurve: "P384" },
    p521: { algorithm: "ECDSA", ecdsaCurve: "P521" },
    rsa: { algorithm: "RSA" },
    ed25519: { algorithm: "ED25519" },
} as const;

const outputsOf = async (program: () => unknown): Promise<Record<string, PropertyMap>> =>
    Object.fromEntries((await evaluate(program)).resources.map(({ name, outputs }) => [name, outputs]));

describe("the tls provider", () => {
    it("gives every kind of key in forms that belong together", async () => {
        const keys = await outputsOf(() => Object.entries(KINDS).forEach(([name, args]) => new pulumiTls.PrivateKey(name, args)));
        for (const name of Object.keys(KINDS)) {
            const key = keys[name] ?? assert.fail(name);
            const own = createPrivateKey(String(key.privateKeyPem));
            const der = own.export({ type: "pkcs8", format: "der" });
            assert.ok(der.equals(createPrivateKey(String(key.privateKeyPemPkcs8)).export({ type: "pkcs8", format: "der" })), name);
            assert.equal(createPublicKey(own).export({ type: "spki", format: "pem" }), key.publicKeyPem, name);
            const data = Buffer.from("data");
            assert.ok(verify(undefined, data, String(key.publicKeyPem), sign(undefined, data, own)), name);
        }
        assert.deepEqual(
            Object.values(KINDS).map((_, index) => String(keys[Object.keys(KINDS)[index] ?? ""]?.publicKeyOpenssh).split(" ")[0]),
            ["", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa", "ssh-ed25519"],
        );
    });

    it("writes OpenSSH keys whose private part holds the public one", async () => {
        const { key } = await outputsOf(() => void new pulumiTls.PrivateKey("key", { algorithm: "ED25519" }));
        const body = Buffer.from(String(key?.privateKeyOpenssh).replace(/-----[^-]+-----|\s/g, ""), "base64");
        const blob = Buffer.from(String(key?.publicKeyOpenssh).split(" ")[1] ?? "", "base64");
        assert.equal(body.subarray(0, 15).toString("latin1"), "openssh-key-v1\0");
        assert.ok(body.includes(blob) && body.length % 1 === 0);
        assert.match(String(key?.publicKeyFingerprintSha256), /^SHA256:[A-Za-z0-9+/]{43}$/);
        assert.match(String(key?.publicKeyFingerprintMd5), /^(?:[0-9a-f]{2}:){15}[0-9a-f]{2}$/);
    });

    it("makes chains that a TLS client verifies, whatever the key", async () => {
        for (const [name, args] of Object.entries(KINDS).filter(([kind]) => kind !== "p224")) {
            const made = await outputsOf(() => {
                const caKey = new pulumiTls.PrivateKey("ca-key", args);
                const ca = new pulumiTls.SelfSignedCert("ca", {
                    privateKeyPem: caKey.privateKeyPem,
                    subject: { commonName: "CA" },
                    isCaCertificate: true,
                    allowedUses: ["cert_signing"],
                    validityPeriodHours: 1,
                });
                const key = new pulumiTls.PrivateKey("key", args);
                const { certRequestPem } = new pulumiTls.CertRequest("request", {
                    privateKeyPem: key.privateKeyPem,
                    subject: { commonName: "x" },
                    dnsNames: ["a.test"],
                });
                new pulumiTls.LocallySignedCert("leaf", {
                    certRequestPem,
                    caCertPem: ca.certPem,
                    caPrivateKeyPem: caKey.privateKeyPem,
                    allowedUses: ["digital_signature", "server_auth"],
                    validityPeriodHours: 1,
                });
            });
            assert.equal(
                await handshake(String(made.key?.privateKeyPem), String(made.leaf?.certPem), String(made.ca?.certPem)),
                "authorized",
                name,
            );
        }
    });

    it("signs with P-224 too, the curve of a key that names none", async () => {
        const { cert } = await outputsOf(() => {
            const { privateKeyPem } = new pulumiTls.PrivateKey("key", { algorithm: "ECDSA" });
            new pulumiTls.SelfSignedCert("cert", { privateKeyPem, dnsNames: ["a.test"], allowedUses: [], validityPeriodHours: 1 });
        });
        const read = new X509Certificate(String(cert?.certPem));
        assert.ok(read.verify(read.publicKey));
    });

    it("keeps a private key secret in every form and in everything made from it", async () => {
        const { resources } = await evaluate(() => {
            const { privateKeyPem } = new pulumiTls.PrivateKey("key", { algorithm: "ED25519" });
            new pulumiTls.SelfSignedCert("cert", { privateKeyPem, allowedUses: [], validityPeriodHours: 1 });
        });
        assert.deepEqual(
            resources.filter(({ type }) => type.startsWith("tls:")).map(({ secretInputs, secretOutputs }) => [secretInputs, secretOutputs]),
            [
                [[], ["privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"]],
                [["privateKeyPem"], ["privateKeyPem"]],
            ],
        );
    });

    it("refuses what it does not know, and never repeats a key", async () => {
        const message = async (program: () => unknown): Promise<string> => (await engineFailure(() => evaluate(program))).message;
        const pem = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        assert.match(
            await message(() => void new pulumiTls.PrivateKey("k", { algorithm: "DSA" })),
            /GH0314: tls:index\/privateKey:PrivateKey k: algorithm must be RSA, ECDSA or ED25519, got DSA/,
        );
        const broken = await message(
            () => void new pulumiTls.SelfSignedCert("c", { privateKeyPem: pem, allowedUses: [], validityPeriodHours: 1 }),
        );
        assert.match(broken, /SelfSignedCert c: privateKeyPem holds no private key/);
        assert.doesNotMatch(broken, /c2VjcmV0/);
        assert.match(
            await message(() => {
                const { privateKeyPem } = new pulumiTls.PrivateKey("k", { algorithm: "ED25519" });
                new pulumiTls.SelfSignedCert("c", { privateKeyPem, allowedUses: ["serve_auth"], validityPeriodHours: 1 });
            }),
            /allowedUses has "serve_auth"; known are .*server_auth/,
        );
    });
});

async function handshake(key: string, cert: string, ca: string): Promise<string> {
    const server = tls.createServer({ key, cert }, (socket) => socket.end());
    server.on("tlsClientError", () => undefined);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const socket = tls.connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1", servername: "a.test", ca });
    try {
        await once(socket, "secureConnect");
        return socket.authorized ? "authorized" : String(socket.authorizationError);
    } catch (error) {
        return (error as Error).message;
    } finally {
        socket.destroy();
        server.close();
    }
}
