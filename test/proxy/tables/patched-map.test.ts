/** A table with changes beside it is a table like any other. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { PatchedMap } from "../../../proxy/tables/patched-map";

describe("a table with a few entries changed", () => {
    const whole = new Map<string, number>(Array.from({ length: 1100 }, (_, index) => [`key-${index}`, index] as const));

    it("is what a copy with the same changes is, in the same order", () => {
        const change = fc.tuple(
            fc.nat(1099).map((index) => `key-${index}`),
            fc.integer(),
        );
        fc.assert(
            fc.property(fc.array(fc.array(change, { maxLength: 120 }), { maxLength: 6 }), (steps) => {
                let patched: ReadonlyMap<string, number> = whole;
                const copy = new Map(whole);
                for (const changes of steps) {
                    const before = patched;
                    const was = new Map(copy);
                    patched = PatchedMap.of(patched, changes);
                    for (const [key, value] of changes) copy.set(key, value);
                    assert.deepEqual([...patched], [...copy]);
                    assert.deepEqual(
                        [patched.size, [...patched.keys()], [...patched.values()]],
                        [copy.size, [...copy.keys()], [...copy.values()]],
                    );
                    for (const key of ["key-0", "key-7", "none"])
                        assert.deepEqual([patched.get(key), patched.has(key)], [copy.get(key), copy.has(key)]);
                    assert.deepEqual([...before], [...was], "the table before stays as it was");
                    const keys = PatchedMap.differences(before, patched);
                    const named = keys && new Set(keys);
                    if (named) for (const [key, value] of copy) assert.ok(named.has(key) || was.get(key) === value);
                }
            }),
            { numRuns: 20 },
        );
    });

    it("is a plain map where it is small", () => {
        assert.ok(PatchedMap.of(new Map([["a", 1]]), [["a", 2]]) instanceof Map);
    });
});
