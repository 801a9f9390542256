/** What is made of a program's own words about its end. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { loggedError } from "../../../engine/program/outcome";

describe("a program's error", () => {
    it("that swc drew is one sentence with its place, without the drawing and swc's own frames", () => {
        for (const [mark, corner] of [
            ["x", ",-"],
            ["×", "╭─"],
        ]) {
            const { message, place } = loggedError(
                `Running program '/p/index.ts' failed with an unhandled exception:\nError:   ${mark} Expression expected\n   ${corner}[/p/index.ts:2:1]\n 1 | import "a";\n 2 | const a = { b: ;\n   :                ^\n   \`----\n\n\nCaused by:\n    Syntax Error\n\nStack backtrace:\n   0: <unknown>\n`,
                "/p",
            );
            assert.equal(message, "The program does not compile: Expression expected");
            assert.deepEqual(place, { file: "/p/index.ts", line: 2 });
        }
    });

    it("of a missing value says how to give it for this run", () => {
        const secret = loggedError(
            "Error: Missing required configuration variable 'p:token'\n\tplease set a value using the command `pulumi config set --secret p:token <value>`\n    at Object.<anonymous> (/a/index.ts:3:5)",
            "/a",
        );
        assert.equal(
            secret.message,
            "Missing required configuration variable 'p:token'. Give it for this run: -c p:token=…, or set it in the stack's Pulumi.<env>.yaml.",
        );
        assert.deepEqual(secret.place, { file: "/a/index.ts", line: 3 });
        assert.match(
            loggedError(
                "Missing required configuration variable 'aws:region'\n\tplease set a value using the command `pulumi config set aws:region <value>`",
                "/a",
            ).message,
            /-c aws:region=…/,
        );
    });
});
