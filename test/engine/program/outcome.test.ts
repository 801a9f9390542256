/** What is made of a program's own words about its end. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { loggedError } from "../../../engine/program/outcome";

describe("a program's error", () => {
    it("that swc drew is one sentence with its place, without the drawing and swc's own frames", () => {
        for (const [mark, corner] of [["x", ",-"], ["×", "╭─"]]) {
            const { message, place } = loggedError(
                `Running program '/p/index.ts' failed with an unhandled exception:\nError:   ${mark} Expression expected\n   ${corner}[/p/index.ts:2:1]\n 1 | import "a";\n 2 | const a = { b: ;\n   :                ^\n   \`----\n\n\nCaused by:\n    Syntax Error\n\nStack backtrace:\n   0: <unknown>\n`,
                "/p",
            );
            assert.equal(message, "The program does not compile: Expression expected");
            assert.deepEqual(place, { file: "/p/index.ts", line: 2 });
        }
    });
});
