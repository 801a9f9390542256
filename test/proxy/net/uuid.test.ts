import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { randomUuid } from "../../../proxy/net/uuid";

/** More than random bytes are drawn for at once. */
const MANY = 5_000;

describe("random UUIDs", () => {
    const all = Array.from({ length: MANY }, randomUuid);

    it("are written as RFC 9562 has those of version 4", () => {
        for (const one of all) assert.match(one, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    });

    it("are all different, and have every digit in every place that is random", () => {
        assert.equal(new Set(all).size, MANY);
        for (let at = 0; at < 36; at++) {
            const digits = new Set(all.map((one) => one.charAt(at)));
            assert.equal(digits.size, [8, 13, 14, 18, 23].includes(at) ? 1 : at === 19 ? 4 : 16, `place ${at}`);
        }
    });
});
