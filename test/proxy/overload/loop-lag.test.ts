/** What of a late event loop is the worker's own doing. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { LoopLag } from "../../../proxy/overload/loop-lag";

function after(...looks: readonly (readonly [late: number, cpu: number])[]): number {
    const lag = new LoopLag();
    for (const [late, cpu] of looks) lag.look(late, cpu);
    return lag.pressure;
}

describe("a late event loop", () => {
    it("is one that is late at every look of a second", () => {
        assert.equal(after([500, 750], [500, 750], [500, 750], [500, 750]), 0.5);
    });

    it("is not one of a single long turn", () => {
        assert.equal(after([1, 10], [2750, 3000], [1, 10], [1, 10]), 0.001);
        assert.equal(after([2750, 3000]), 0);
    });

    it("is not one that had to wait for other processes", () => {
        assert.equal(after([1000, 20], [1000, 20], [1000, 20], [1000, 20]), 0.02);
    });
});
