/** No message shows a secret value, whatever argument it was given for and whatever became of it on the way there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, it } from "mocha";
import { root } from "../support/checkout";
import { WRONG_MARK } from "./support/argument-cases";

const PROGRAM = path.join(__dirname, "programs", "secret-arguments.ts");

describe("a secret among the arguments", () => {
    it("is shown by no message of any component, wherever it stands", async function () {
        this.timeout(120_000);
        const { stdout } = await promisify(execFile)(
            process.execPath,
            ["--conditions=development", "--require", "ts-node/register/transpile-only", PROGRAM],
            { cwd: root, maxBuffer: 1 << 28 },
        );
        const told = JSON.parse(stdout) as Record<string, string[]>;
        const shown = Object.entries(told).flatMap(([name, lines]) =>
            lines.filter((line) => WRONG_MARK.test(line)).map((line) => `${name}: ${line}`),
        );
        assert.deepEqual(shown, []);
        const silent = Object.entries(told)
            .filter(([, lines]) => !lines.some((line) => line.includes("a secret value, which is not shown")))
            .map(([name]) => name);
        // What these two check may not come later.
        assert.deepEqual(silent, ["CertificateAuthority", "IstioCrds"]);
    });
});
