import assert from "node:assert/strict";
import * as fc from "fast-check";
import { durationText, parseDuration } from "../../istio";

describe("durations", () => {
    it("reads what Go reads", () => {
        for (const [text, ms] of [
            ["5s", 5000],
            ["100ms", 100],
            ["1h2m3.5s", 3_723_500],
            ["1.5h", 5_400_000],
            [".5s", 500],
            ["1.s", 1000],
            ["0", 0],
            ["0s", 0],
            ["-1s", -1000],
            ["+1s", 1000],
            ["1us", 0.001],
            ["1µs", 0.001],
            ["1500us", 1.5],
            ["1ns", 0.000001],
            ["0.1s0.2s", 300],
        ] as const) {
            assert.equal(parseDuration(text), ms, text);
        }
    });

    it("refuses what Go refuses", () => {
        for (const text of [
            "",
            "5",
            "s",
            "5 s",
            "5d",
            "1s5",
            "1e3s",
            "Infinity",
            "5S",
            ".s",
            "1..5s",
            "--1s",
            "99999999999s",
            "1s ",
            "9".repeat(1000) + "s",
        ]) {
            assert.equal(parseDuration(text), undefined, text);
        }
    });

    it("writes a time that reads back", () => {
        fc.assert(
            fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (ms) => {
                assert.equal(parseDuration(durationText(ms)), ms === 0 ? 0 : ms);
            }),
        );
        assert.equal(durationText(90_000), "1m30s");
        assert.equal(durationText(1500), "1.5s");
        assert.equal(durationText(25), "25ms");
    });

    it("answers any text with a time or nothing", () => {
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9.hmsu+-]{0,40}$/)), (text) => {
                const ms = parseDuration(text);
                assert.ok(ms === undefined || Number.isFinite(ms));
            }),
        );
    });
});
