import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { SharedMap } from "../../../proxy/tables/shared-map";

const changes = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.option(fc.integer(), { nil: undefined })), { maxLength: 30 });

describe("a map whose versions share what did not change", () => {
    it("holds what a Map holds after any changes, and leaves every older version as it was", () => {
        fc.assert(
            fc.property(fc.array(changes, { maxLength: 6 }), (steps) => {
                const expected = new Map<string, number>();
                let map = new SharedMap<number>();
                const versions: [SharedMap<number>, Map<string, number>][] = [];
                for (const step of steps) {
                    versions.push([map, new Map(expected)]);
                    map = map.changed(step);
                    for (const [key, value] of step) {
                        if (value === undefined) expected.delete(key);
                        else expected.set(key, value);
                    }
                }
                for (const [version, content] of [...versions, [map, expected] as const]) {
                    assert.equal(version.size, content.size);
                    assert.deepEqual(new Map(version), content);
                    for (const [key, value] of content) assert.equal(version.get(key), value);
                }
            }),
        );
    });

    it("is the same map when nothing changes", () => {
        const map = new SharedMap<number>().changed([["a", 1]]);
        assert.equal(map.changed([]), map);
    });

    it("copies a part that does not grow with the map when one entry changes", () => {
        const keys = Array.from({ length: 10_000 }, (_, at) => `host-${at}.example.com`);
        const map = new SharedMap<number>().changed(keys.map((key, at) => [key, at] as const));
        const before = new Set(map.buckets);
        const copied = map.changed([["host-77.example.com", -1]]).buckets.filter((bucket) => !before.has(bucket));
        assert.equal(copied.length, 1);
        assert.ok(copied[0]!.size < 100, `a bucket of ${copied[0]!.size}`);
    });
});
