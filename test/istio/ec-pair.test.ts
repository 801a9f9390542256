/** What is said of an ECDSA key without OpenSSL is what OpenSSL says of it. */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { isEcPair, namedCurveOf } from "../../istio/certificates/ec-pair";
import { readPair } from "../../istio/certificates/judge";
import { isWhole } from "../../istio/certificates/own-point";
import { makeAuthority } from "../support/certificates";

const FORMS = { "PRIVATE KEY": "pkcs8", "EC PRIVATE KEY": "sec1" } as const;
type Label = keyof typeof FORMS;

const pairs = ["P-256", "P-384", "P-521"].map((namedCurve) => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve });
    const keys = new Map(
        (["PRIVATE KEY", "EC PRIVATE KEY"] as const).map((label) => [label, privateKey.export({ format: "der", type: FORMS[label] })]),
    );
    return { spki: publicKey.export({ format: "der", type: "spki" }), keys };
});

/** As a listener asks: it loads, and has the public key. */
function opensslTakes(spki: Buffer, label: Label, key: Buffer): boolean {
    try {
        const loaded = createPrivateKey({ key, format: "der", type: FORMS[label] });
        return createPublicKey(loaded).equals(createPublicKey({ key: spki, format: "der", type: "spki" }));
    } catch {
        return false;
    }
}

/** The key with the secret part of another. */
function mixedPem(pem: string): string {
    const key = createPrivateKey(pem);
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const secretOf = (one: KeyObject): Buffer => Buffer.from(one.export({ format: "jwk" }).d!, "base64url");
    const der = Buffer.from(key.export({ format: "der", type: "pkcs8" }));
    secretOf(other).copy(der, der.indexOf(secretOf(key)));
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" }).toString();
}

describe("an ECDSA key", () => {
    it("belongs to its own public key and to no other, in both forms", () => {
        for (const { keys, spki } of pairs)
            for (const [label, key] of keys) for (const other of pairs) assert.equal(isEcPair(other.spki, label, key), other.spki === spki);
        const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
        assert.ok(!isEcPair(publicKey.export({ format: "der", type: "spki" }), "PRIVATE KEY", pairs[0]!.keys.get("PRIVATE KEY")!));
    });

    it("is said to belong where OpenSSL says so alone, whatever becomes of its bytes", () => {
        const change = fc.record({ at: fc.nat(), to: fc.nat({ max: 255 }), of: fc.constantFrom(0, 1, 1, 1) });
        fc.assert(
            fc.property(
                fc.constantFrom(...pairs),
                fc.constantFrom<Label>("PRIVATE KEY", "EC PRIVATE KEY"),
                fc.array(change, { minLength: 1, maxLength: 2 }),
                ({ keys, spki }, label, changes) => {
                    let key = keys.get(label)!;
                    for (const { at, to, of } of changes) {
                        const from = at % key.length;
                        key = Buffer.concat([key.subarray(0, from), Buffer.from([to]), key.subarray(from + of)]);
                    }
                    if (isEcPair(spki, label, key)) assert.ok(opensslTakes(spki, label, key), key.toString("hex"));
                },
            ),
            { numRuns: 2000 },
        );
    });

    it("is none where its public part is another's, which OpenSSL takes its word for", async () => {
        const authority = await makeAuthority();
        for (const namedCurve of ["P-256", "P-384", "P-521"]) {
            const [mine, other] = [0, 1].map(() => generateKeyPairSync("ec", { namedCurve }).privateKey);
            const jwk = other!.export({ format: "jwk" });
            const secret = Buffer.from(jwk.d!, "base64url");
            for (const [label, type] of Object.entries(FORMS) as [Label, "pkcs8" | "sec1"][]) {
                const der = mine!.export({ format: "der", type });
                const own = Buffer.from(mine!.export({ format: "jwk" }).d!, "base64url");
                const mixed = Buffer.from(der);
                secret.copy(mixed, der.indexOf(own));
                const spki = createPublicKey(mine!).export({ format: "der", type: "spki" });
                assert.ok(isEcPair(spki, label, der), namedCurve);
                assert.ok(opensslTakes(spki, label, mixed), "OpenSSL does");
                assert.ok(!isEcPair(spki, label, mixed), `${namedCurve} ${label}`);
                assert.ok(!isWhole(createPrivateKey({ key: mixed, format: "der", type })));
                assert.ok(isWhole(createPrivateKey({ key: der, format: "der", type })));
            }
        }
        const { cert, key } = await authority.issue({ dns: ["a.test"] });
        const mixed = mixedPem(key);
        assert.deepEqual(readPair(cert, key).faults, []);
        assert.deepEqual(
            readPair(cert, mixed).faults.map(({ code, message }) => [code, message.replace(/of .*, and/, "of …, and")]),
            [["GH0121", "the private key says that it belongs to the certificate of …, and its secret part does not"]],
        );
    });

    it("of RSA is one whose parts are of one modulus", () => {
        const [mine, other] = [0, 1].map(() => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
        assert.ok(isWhole(mine!));
        const own = mine!.export({ format: "jwk" });
        const theirs = other!.export({ format: "jwk" });
        for (const part of ["p", "q", "dp", "dq", "qi"] as const) {
            let mixed: KeyObject;
            try {
                mixed = createPrivateKey({ key: { ...own, [part]: theirs[part] }, format: "jwk" });
            } catch {
                continue;
            }
            assert.ok(!isWhole(mixed), part);
        }
    });

    it("is OpenSSL's to judge where it is out of the curve's range, or says nothing of its public part", () => {
        const { spki, keys } = pairs[0]!;
        const key = keys.get("PRIVATE KEY")!;
        const at = key.indexOf(Buffer.from([0x04, 0x20])) + 2;
        for (const byte of [0, 0xff]) assert.ok(!isEcPair(spki, "PRIVATE KEY", Buffer.from(key).fill(byte, at, at + 32)));
        assert.ok(!isEcPair(spki, "PRIVATE KEY", key.subarray(0, -1)));
        assert.ok(!isEcPair(spki, "PRIVATE KEY", Buffer.concat([key, Buffer.from([0])])));
        assert.ok(!isEcPair(spki, "RSA PRIVATE KEY", key));
        assert.ok(!isEcPair(Buffer.alloc(0), "PRIVATE KEY", key));
    });

    it("names its curve, and none that listeners do not load", () => {
        for (const { spki } of pairs) assert.ok(namedCurveOf(spki));
        const other = generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey.export({ format: "der", type: "spki" });
        assert.equal(namedCurveOf(other), undefined);
        assert.equal(namedCurveOf(generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" })), undefined);
    });
});
