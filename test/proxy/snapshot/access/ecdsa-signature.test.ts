import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import fc from "fast-check";
import { describe, it } from "mocha";
import { derSignature } from "../../../../proxy/snapshot/access/ecdsa-signature";

const CURVES = [
    { curve: "P-256", size: 32, hash: "sha256" },
    { curve: "P-384", size: 48, hash: "sha384" },
    { curve: "P-521", size: 66, hash: "sha512" },
] as const;

describe("ECDSA signatures of tokens", () => {
    for (const { curve, size, hash } of CURVES) {
        const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: curve });

        it(`are verified on ${curve} as Node verifies them`, () => {
            fc.assert(
                fc.property(fc.uint8Array({ maxLength: 64 }), fc.option(fc.nat({ max: 2 * size - 1 })), (text, changed) => {
                    const signature = sign(hash, text, { key: privateKey, dsaEncoding: "ieee-p1363" });
                    if (changed !== null) signature[changed]! ^= 1;
                    const expected = verify(hash, text, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature);
                    assert.equal(verify(hash, text, publicKey, derSignature(signature, size)!), expected);
                    assert.equal(expected, changed === null);
                }),
                { numRuns: 15 },
            );
        });
    }

    it("are numbers without a sign and without leading zeros", () => {
        const small = Buffer.alloc(64);
        small[31] = 1;
        small[32] = 0x80;
        const der = derSignature(small, 32)!;
        assert.deepEqual([...der.subarray(0, 8)], [0x30, 38, 2, 1, 1, 2, 33, 0]);
        assert.deepEqual([...derSignature(Buffer.alloc(64), 32)!], [0x30, 6, 2, 1, 0, 2, 1, 0]);
    });

    it("are none at any other length", () => {
        for (const length of [0, 63, 65, 96]) assert.equal(derSignature(Buffer.alloc(length, 1), 32), undefined);
    });
});
