import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { Batches } from "../../../proxy/log/batches";

describe("lines that wait", () => {
    it("are written whole, in their order, in batches of the size or of one longer line", () => {
        const line = fc.oneof(
            fc.string({ maxLength: 40 }),
            fc.string({ unit: "grapheme", maxLength: 900 }),
            fc.constant("é".repeat(2_000)),
        );
        fc.assert(
            fc.property(fc.array(line), fc.boolean(), (lines, isTaken) => {
                const batches = new Batches(100);
                for (const one of lines) batches.add(`${one}\n`, isTaken);
                const whole = Buffer.concat(batches.all(false));
                assert.equal(batches.waiting, whole.length);
                const parts: Buffer[] = [];
                for (let first = batches.first; first !== undefined; first = batches.first) {
                    parts.push(Buffer.from(first));
                    batches.takeFirst();
                }
                assert.equal(batches.waiting, 0);
                assert.deepEqual(Buffer.concat(parts), whole);
                assert.equal(whole.toString(), lines.map((one) => `${Buffer.from(one).toString()}\n`).join(""));
                for (const part of parts)
                    assert.ok(part.at(-1) === 10 && (part.length <= 300 || part.indexOf(10) === part.length - 1 || part.length < 1_124));
            }),
        );
    });

    it("leave alone what is being written, and use its memory again when it is", () => {
        const batches = new Batches(100);
        batches.add("first\n", false);
        const first = batches.first!;
        batches.add("second\n", true);
        assert.deepEqual([first.toString(), batches.count], ["first\n", 2]);
        batches.takeFirst();
        batches.add("x".repeat(98), true);
        batches.add("third\n", true);
        assert.equal(batches.first!.toString(), "second\n");
        assert.equal(Buffer.concat(batches.all(true)).toString(), `${"x".repeat(98)}third\n`);
    });

    it("are counted when they are given up", () => {
        const batches = new Batches(100);
        for (let at = 0; at < 30; at++) batches.add("a line of some length\n", false);
        assert.deepEqual([batches.clear(), batches.count, batches.waiting, batches.first], [30, 0, 0, undefined]);
    });
});
