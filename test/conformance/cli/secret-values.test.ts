/** No command shows a value that a program marked as secret: it judges and explains the objects that hold it all the same. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { gatehouse } from "../../support/gatehouse";

const PROGRAM = path.join(root, "test", "cli", "programs", "secret-values");
const MARK = /zqmark/i;

describe("a secret among a program's values", function () {
    this.timeout(300_000);
    let base: string;
    before(() => {
        base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-secret-values-"));
    });
    after(() => {
        rmSync(base, { recursive: true, force: true });
        rmSync(path.join(PROGRAM, ".gatehouse"), { recursive: true, force: true });
    });

    const COMMANDS: readonly (readonly [command: string, args: (out: string) => readonly string[], says: RegExp])[] = [
        [
            "render",
            (out) => [PROGRAM, "--out", out],
            /GH0438 VirtualService \(not shown\)\/\(not shown\) spec\.http\[1\].*: \(not shown\) has no port 81/,
        ],
        ["analyze", () => [PROGRAM], /Referenced host:port not found: "\(not shown\):81"/],
        [
            "analyze",
            () => [PROGRAM, "--output", "json"],
            /"https:\/\/istio\.io\/latest.*[^]*Referenced host not found: \\"\(not shown\)\\"/,
        ],
        ["check", () => [PROGRAM], /destination-exists/],
        ["explain", () => ["https://zqmark.example.com/zqmark/1", PROGRAM], /path begins with "\(not shown\)"/],
    ];
    for (const [command, args, says] of COMMANDS) {
        it(`is not shown by ${command}, which says all else${args("").includes("json") ? " as JSON" : ""}`, async () => {
            const { stdout, stderr } = await gatehouse([command, ...args(path.join(base, "out"))], { timeoutMs: 150_000 });
            assert.match(stdout + stderr, says);
            assert.deepEqual(
                (stdout + stderr).split("\n").filter((line) => MARK.test(line)),
                [],
            );
        });
    }

    it("is not shown by up, and stands in clear only in the folder that is for its owner alone", async () => {
        const state = path.join(base, "state");
        const { stdout, stderr } = await gatehouse(["up", PROGRAM, "--check", "--port-offset", "auto", "--state", state, "-o", "json"], {
            timeoutMs: 150_000,
        });
        assert.match(stdout, /"message": "it selects \{\\"app\\":\\"\(not shown\)\\"\}/);
        assert.match(stderr, /GH0431 VirtualService edge\/routes spec\.gateways\[0\]: There is no Gateway \(not shown\)/);
        assert.deepEqual(
            (stdout + stderr).split("\n").filter((line) => MARK.test(line)),
            [],
        );
        const entries = readdirSync(state, { recursive: true, withFileTypes: true });
        assert.deepEqual(
            entries.filter((one) => one.isDirectory() && (statSync(path.join(one.parentPath, one.name)).mode & 0o077) !== 0),
            [],
        );
        assert.equal(statSync(state).mode & 0o777, 0o700);
        const holding = entries.filter((one) => one.isFile() && MARK.test(readFileSync(path.join(one.parentPath, one.name), "utf8")));
        // What the proxy serves, and what it said of it.
        assert.deepEqual([...new Set(holding.map(({ parentPath }) => path.relative(state, parentPath)))].sort(), ["logs", "objects"]);
    });
});
