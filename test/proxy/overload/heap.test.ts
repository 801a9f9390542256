/** Which heap a worker may have. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { heapReader, oldLimit } from "../../../proxy/overload/heap";

const MIB = 1024 * 1024;

describe("the bound of the heap", () => {
    it("is what the process was started with, the last word of several", () => {
        assert.equal(oldLimit(288 * MIB, ["--max-old-space-size=96"]), 96 * MIB);
        assert.equal(oldLimit(288 * MIB, ["--max_old_space_size=64", "--inspect", "--max-old-space-size=96"]), 96 * MIB);
    });

    it("is else V8's own, without the space of young objects", () => {
        assert.equal(oldLimit(4288 * MIB, []), 4096 * MIB);
        assert.equal(oldLimit(256 * MIB, [""]), 192 * MIB);
    });

    it("is read of this process", () => {
        const { used, limit } = heapReader()();
        assert.ok(used > 0 && used < limit);
    });
});
