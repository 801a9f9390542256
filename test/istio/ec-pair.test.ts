/** What is said of an ECDSA key without OpenSSL is what OpenSSL says of it. */
import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { isEcPair, namedCurveOf } from "../../istio/certificates/ec-pair";

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
