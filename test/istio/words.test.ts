import assert from "node:assert/strict";
import * as fc from "fast-check";
import { childPath, didYouMean, editDistance, itemPath, looksSecret, pathSegments, shown, shownText } from "../../istio";

describe("did you mean", () => {
    const fields = ["hosts", "gateways", "http", "tls", "tcp", "exportTo"];

    it("finds the field a misspelt one means", () => {
        for (const [word, meant] of [
            ["host", "hosts"],
            ["gateway", "gateways"],
            ["htpp", "http"],
            ["export_to", "exportTo"],
            ["EXPORTTO", "exportTo"],
            ["hsots", "hosts"],
        ] as const) {
            assert.equal(didYouMean(word, fields), meant, word);
        }
    });

    it("guesses nothing where nothing is near", () => {
        for (const word of ["selector", "x", "", "zzz"]) {
            assert.equal(didYouMean(word, fields), undefined, word);
        }
    });

    it("counts one for a letter more, less, other, or swapped", () => {
        assert.equal(editDistance("abc", "abcd"), 1);
        assert.equal(editDistance("abc", "ab"), 1);
        assert.equal(editDistance("abc", "axc"), 1);
        assert.equal(editDistance("abc", "acb"), 1);
        fc.assert(
            fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
                assert.equal(editDistance(a, b), editDistance(b, a));
                assert.equal(editDistance(a, b) === 0, a === b);
            }),
        );
    });
});

describe("field paths", () => {
    it("read back to the keys and places they were made of", () => {
        const segment = fc.oneof(
            fc.string().filter((key) => !looksSecret(key)),
            fc.nat(1000),
        );
        fc.assert(
            fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
                const path = segments.reduce<string>(
                    (above, one) => (typeof one === "number" ? itemPath(above, one) : childPath(above, one)),
                    "",
                );
                assert.deepEqual(pathSegments(path), segments);
            }),
        );
        assert.equal(childPath(childPath("spec", "headers"), "x.id"), 'spec.headers["x.id"]');
    });
});

describe("values in messages", () => {
    it("never show the end of a key that was taken apart", () => {
        const pem = `-----BEGIN PRIVATE KEY-----\nQUJD/QUI\n-----END PRIVATE KEY-----`;
        for (const text of [pem, ` ${pem}`, `  ${pem}`]) {
            assert.doesNotMatch(shownText(text.slice(text.lastIndexOf("/") + 1)), /PRIVATE/);
            const base64 = Buffer.from(text).toString("base64");
            assert.doesNotMatch(shownText(base64.slice(-46)), /`/, base64);
        }
    });

    it("never show what may be a key", () => {
        const pem = `-----BEGIN PRIVATE KEY-----\n${"QUJD".repeat(30)}\n-----END PRIVATE KEY-----`;
        for (const text of [pem, Buffer.from(pem).toString("base64"), "QUJD".repeat(20), `x ${pem}`]) {
            assert.equal(looksSecret(text), true);
            assert.doesNotMatch(shownText(text), /QUJD|UVVK/);
        }
    });

    it("stay on one line and short", () => {
        fc.assert(
            fc.property(fc.anything(), (value) => {
                const text = shown(value);
                assert.ok(text.length < 700 && !/[\n\r]/.test(text), text);
            }),
        );
        assert.equal(shownText("a\nb"), "`a\\nb`");
    });
});
