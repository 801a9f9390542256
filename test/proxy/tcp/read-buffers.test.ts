import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { release, rotatingReader } from "../../../proxy/tcp/read-buffers";

describe("memory that sockets read into", () => {
    it("is used again once a connection has ended, and lent to one at a time", () => {
        const reader = rotatingReader(() => true);
        const read = reader.buffer();
        const next = reader.buffer();
        reader.end();
        reader.end();
        const others = [rotatingReader(() => true), rotatingReader(() => true)].map((one) => one.buffer());
        assert.equal(others[0], next);
        assert.notEqual(others[1], next);
        assert.ok(!others.includes(read), "what was read into it may still be on its way");
        release(read);
        assert.equal(rotatingReader(() => true).buffer(), read);
    });
});
