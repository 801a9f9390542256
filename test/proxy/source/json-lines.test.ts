/** A watch's bytes come in pieces that know nothing of lines or characters. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { JsonLines } from "../../../proxy/source/kubernetes/json-lines";

function read(bytes: Buffer, cuts: readonly number[]): unknown[] {
    const values: unknown[] = [];
    const lines = new JsonLines((value) => values.push(value));
    const at = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
    for (let index = 1; index < at.length; index += 1) lines.push(bytes.subarray(at[index - 1], at[index]));
    return values;
}

describe("the lines of a watch", () => {
    it("are the same however the bytes are split, in the middle of a character too", () => {
        fc.assert(
            fc.property(fc.array(fc.json(), { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (texts, cuts) => {
                const bytes = Buffer.from(texts.map((text) => `${JSON.stringify([JSON.parse(text), "é€𝄞"])}\n`).join(""));
                assert.deepEqual(
                    read(bytes, cuts),
                    texts.map((text) => [JSON.parse(JSON.stringify(JSON.parse(text))) as unknown, "é€𝄞"]),
                );
            }),
            { numRuns: 100 },
        );
    });

    it("are only those that have an end", () => {
        assert.deepEqual(read(Buffer.from(`{"a":1}\n{"b":2}`), [3]), [{ a: 1 }]);
    });

    it("throw when one is no JSON", () => {
        assert.throws(() => read(Buffer.from("<html>\n"), []), SyntaxError);
    });
});
