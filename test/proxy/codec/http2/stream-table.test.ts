import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { Stream } from "../../../../proxy/codec/http2/stream";
import { StreamTable } from "../../../../proxy/codec/http2/stream-table";

const stream = (id: number): Stream => ({ id }) as Stream;

describe("the table of open streams", () => {
    it("holds what a Map would, however streams come and go", () => {
        const step = fc.record({ open: fc.boolean(), skip: fc.integer({ min: 0, max: 40 }), which: fc.nat() });
        fc.assert(
            fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
                const table = new StreamTable();
                const map = new Map<number, Stream>();
                let last = -1;
                for (const { open, skip, which } of steps) {
                    if (open || map.size === 0) {
                        last += 2 + 2 * skip;
                        const one = stream(last);
                        table.add(one);
                        map.set(last, one);
                    } else {
                        const id = [...map.keys()][which % map.size]!;
                        table.delete(id);
                        map.delete(id);
                        assert.equal(table.get(id), undefined);
                    }
                    assert.equal(table.size, map.size);
                    for (const [id, one] of map) assert.equal(table.get(id), one);
                    assert.equal(table.get(last + 2), undefined);
                }
                assert.deepEqual([...table.values()], [...map.values()]);
                table.clear();
                assert.deepEqual([...table.values()], []);
            }),
            { numRuns: 100 },
        );
    });

    it("passes over streams that left while it was gone through", () => {
        const table = new StreamTable();
        for (const id of [1, 3, 5, 7]) table.add(stream(id));
        const seen: number[] = [];
        for (const { id } of table.values()) {
            seen.push(id);
            table.delete(3);
            table.delete(5);
        }
        assert.deepEqual(seen, [1, 7]);
    });
});
