import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { giveBack, keptCopy, shared } from "../../../proxy/net/lent-chunks";

const LARGE = 64 * 1024;
const lend = (fill: number, length = LARGE): Buffer => keptCopy(Buffer.alloc(length, fill), 0, length);

describe("a lent chunk", () => {
    it("has its memory used again once it is given back", () => {
        const chunk = lend(1);
        giveBack(chunk);
        assert.ok(lend(2).buffer === chunk.buffer);
    });

    it("that is shared is the same memory, free once each who has it gave it back", () => {
        const chunk = lend(1);
        assert.ok(shared(chunk) === chunk);
        giveBack(chunk);
        assert.ok(lend(2).buffer !== chunk.buffer);
        assert.ok(chunk.every((byte) => byte === 1));
        giveBack(chunk);
        assert.ok(lend(3).buffer === chunk.buffer);
    });

    it("is never written over while somebody has it, whoever gives it back first", () => {
        const steps = fc.array(fc.record({ take: fc.boolean(), share: fc.nat(2), which: fc.nat(100) }), { maxLength: 60 });
        fc.assert(
            fc.property(steps, (taken) => {
                /** Each chunk as often as it is out there. */
                const out: { readonly chunk: Buffer; readonly fill: number }[] = [];
                taken.forEach(({ take, share, which }, at) => {
                    if (take || out.length === 0) {
                        const fill = at + 1;
                        const chunk = lend(fill, at % 2 === 0 ? LARGE : 9_000);
                        out.push({ chunk, fill });
                        for (let more = 0; more < share; more++) out.push({ chunk: shared(chunk), fill });
                    } else {
                        const [gone] = out.splice(which % out.length, 1);
                        giveBack(gone!.chunk);
                    }
                    for (const { chunk, fill } of out) assert.ok(chunk[0] === fill && chunk.at(-1) === fill);
                });
                for (const { chunk } of out) giveBack(chunk);
            }),
            { numRuns: 50 },
        );
    });

    it("is copied where it was not lent, or is a part of one that was", () => {
        for (const chunk of [Buffer.alloc(LARGE, 1), lend(2).subarray(10), Buffer.alloc(5, 3)]) {
            const copy = shared(chunk);
            assert.ok(copy.buffer !== chunk.buffer);
            assert.deepEqual(copy, chunk);
        }
    });
});
