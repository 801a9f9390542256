/** A change after quiet goes on at once; a burst goes on together. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Pacer } from "../../../proxy/source/kubernetes/pacer";
import { eventually } from "../../support/eventually";

describe("the pace of changes", () => {
    it("is at once after quiet, and one for all of a burst", async () => {
        let runs = 0;
        const pacer = new Pacer(() => {
            runs += 1;
        });
        for (let at = 0; at < 100; at += 1) pacer.poke();
        await eventually(() => assert.equal(runs, 1));
        const since = performance.now();
        for (let at = 0; at < 100; at += 1) pacer.poke();
        await eventually(() => assert.equal(runs, 2));
        assert.ok(performance.now() - since > 20, "the second follows the first too closely");
        pacer.stop();
    });

    it("is nothing more once it is stopped, and goes on after a fault", async () => {
        let runs = 0;
        const pacer = new Pacer(() => {
            runs += 1;
        });
        pacer.poke();
        pacer.stop();
        await new Promise((resolve) => setTimeout(resolve, 30));
        assert.equal(runs, 0);
        pacer.poke();
        await eventually(() => assert.equal(runs, 1));
        pacer.stop();
    });
});
