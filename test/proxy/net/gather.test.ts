import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { gather } from "../../../proxy/net/gather";

describe("chunks that wait", () => {
    it("are the same bytes in the same order, however they came and whatever is taken away meanwhile", () => {
        const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 900, max: 9000 })), { maxLength: 60 });
        fc.assert(
            fc.property(sizes, fc.array(fc.nat(60), { maxLength: 5 }), (lengths, taken) => {
                const list: Buffer[] = [];
                const whole: Buffer[] = [];
                const out: Buffer[] = [];
                lengths.forEach((length, at) => {
                    const chunk = Buffer.alloc(length, at + 1);
                    whole.push(Buffer.from(chunk));
                    gather(list, chunk);
                    if (taken.includes(at)) out.push(...list.splice(0, 1 + (at % 2)));
                });
                assert.ok(Buffer.concat([...out, ...list]).equals(Buffer.concat(whole)));
            }),
            { numRuns: 100 },
        );
    });

    it("are few, though each is a byte", () => {
        const list: Buffer[] = [];
        for (let byte = 0; byte < 100_000; byte++) gather(list, Buffer.of(byte & 0xff));
        assert.ok(list.length <= 13, `${list.length} chunks`);
        assert.deepEqual(Buffer.concat(list), Buffer.from(Array.from({ length: 100_000 }, (_, byte) => byte & 0xff)));
    });

    it("stay as they are where they are large", () => {
        const list: Buffer[] = [];
        const large = [Buffer.alloc(4000), Buffer.alloc(70_000), Buffer.alloc(4000)];
        for (const one of large) gather(list, one);
        assert.ok(list.every((one, at) => one === large[at]));
    });
});
