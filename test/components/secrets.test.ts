/** No message shows a secret value, whatever argument it was given for and whatever became of it on the way there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { before, describe, it } from "mocha";
import { root } from "../support/checkout";
import { WRONG_MARK } from "./support/argument-cases";

const PROGRAM = path.join(__dirname, "programs", "secret-arguments.ts");
const LEAN = path.join(root, "test", "support", "lean-traces.ts");

describe("a secret among the arguments", () => {
    let told: Record<string, string[]>;
    let ofKeys: Record<string, string[]>;
    before(async function () {
        this.timeout(300_000);
        const { stdout } = await promisify(execFile)(
            process.execPath,
            ["--conditions=development", ...["ts-node/register/transpile-only", LEAN].flatMap((one) => ["--require", one]), PROGRAM],
            { cwd: root, maxBuffer: 1 << 28 },
        );
        ({ told, ofKeys } = JSON.parse(stdout) as { told: typeof told; ofKeys: typeof ofKeys });
    });
    const linesWith = (mark: RegExp, all: Record<string, string[]>): string[] =>
        Object.entries(all).flatMap(([name, lines]) => lines.filter((line) => mark.test(line)).map((line) => `${name}: ${line}`));

    it("is shown by no message of any component, wherever it stands", () => {
        assert.deepEqual(linesWith(WRONG_MARK, told), []);
        const silent = Object.entries(told)
            .filter(([, lines]) => !lines.some((line) => line.includes("a secret value, which is not shown")))
            .map(([name]) => name);
        // What these two check may not come later.
        assert.deepEqual(silent, ["CertificateAuthority", "IstioCrds"]);
    });

    it("is shown by none that nobody marked either, where it is a key in the wrong place", () => {
        assert.deepEqual(linesWith(/-----BEGIN|PRIVATE KEY/, ofKeys), []);
        assert.ok(linesWith(/may be a key or certificate and is not shown/, ofKeys).length > 0, "keys are refused at all");
    });
});
