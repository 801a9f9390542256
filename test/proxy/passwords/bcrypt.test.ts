/** Our bcrypt says what bcryptjs says. */
import assert from "node:assert/strict";
import bcryptjs from "bcryptjs";
import fc from "fast-check";
import { describe, it } from "mocha";
import { makeBcrypt } from "../../../proxy/passwords";

const bcrypt = makeBcrypt();

describe("bcrypt", () => {
    it("takes the passwords that bcryptjs takes, and no other", () => {
        fc.assert(
            fc.property(
                fc.string({ unit: "grapheme", maxLength: 90 }),
                fc.string({ maxLength: 80 }),
                fc.integer({ min: 4, max: 5 }),
                (password, other, cost) => {
                    fc.pre(!password.includes("\0") && !other.includes("\0"));
                    const hash = bcryptjs.hashSync(password, cost);
                    assert.equal(bcrypt.fits(Buffer.from(password), hash), true);
                    assert.equal(bcrypt.fits(Buffer.from(other), hash), bcryptjs.compareSync(other, hash));
                },
            ),
            { numRuns: 25 },
        );
    });

    it("takes hashes of every kind", () => {
        for (const kind of ["2a", "2b", "2y"]) {
            for (const [password, rest] of [
                ["a", "$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"],
                ["abcdefghijklmnopqrstuvwxyz", "$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"],
            ] as const) {
                assert.equal(bcrypt.fits(Buffer.from(password), `$${kind}${rest}`), true);
                assert.equal(bcrypt.fits(Buffer.from(`${password}b`), `$${kind}${rest}`), false);
            }
        }
    });

    it("counts 72 bytes of a password", () => {
        const long = "ü".repeat(36);
        const hash = bcryptjs.hashSync(long, 4);
        assert.deepEqual(
            [`${long}more`, long.slice(1)].map((one) => bcrypt.fits(Buffer.from(one), hash)),
            [true, false],
        );
    });

    it("takes no text that is no hash", () => {
        for (const text of ["", "$2y$04$short", "plain"]) assert.equal(bcrypt.fits(Buffer.from("a"), text), false);
    });
});
