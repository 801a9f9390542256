/** Process 1 of a container has to have a handler for a signal before it is of any use: the kernel drops it otherwise. */
import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "mocha";
import { root } from "../support/checkout";
import { run } from "../support/gatehouse";

/** Runs a script that was sent the signal right after the handlers were there. */
function signalled(signal: string, script = ""): Promise<{ code: number; stdout: string }> {
    const handlers = JSON.stringify(path.join(root, "cli", "early-signals.ts"));
    const text = `require(${handlers}); ${script}; process.kill(process.pid, "${signal}"); setTimeout(() => process.exit(5), 10_000);`;
    return run(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", text]);
}

describe("a process that has just begun", () => {
    for (const signal of ["SIGTERM", "SIGINT"]) {
        it(`ends on ${signal}`, async () => {
            assert.deepEqual(await signalled(signal), { code: 0, stdout: "", stderr: "" });
        });
    }

    it("leaves its end to whoever listens for the signal by then", async () => {
        const script = "process.once('SIGTERM', () => { console.log('drained'); process.exit(3); })";
        assert.deepEqual(await signalled("SIGTERM", script), { code: 3, stdout: "drained\n", stderr: "" });
    });
});
