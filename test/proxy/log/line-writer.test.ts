/** The process log is never a reason to stop: not with a reader that stalls, nor on a full disk. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync, closeSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { LineWriter } from "../../../proxy/log/line-writer";
import { bundle, type Bundle } from "../../support/worker-bundle";
import { eventually } from "../../support/eventually";

function fault(code: string): never {
    throw Object.assign(new Error(code), { code });
}

describe("lines that are written without waiting", () => {
    /** What a descriptor does with each write that is tried: takes so many bytes at most, or fails. */
    const behaviour = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom("EAGAIN", "ENOSPC")), { maxLength: 40 });

    it("come whole and in order, and each is written or told of as lost", async () => {
        await fc.assert(
            fc.asyncProperty(behaviour, fc.integer({ min: 1, max: 30 }), async (planned, total) => {
                const steps = [...planned];
                let count = total;
                let text = "";
                const writer = new LineWriter(
                    (bytes) => {
                        const step = steps.shift() ?? bytes.length;
                        if (typeof step === "string") fault(step);
                        text += bytes.subarray(0, step).toString();
                        return Math.min(step, bytes.length);
                    },
                    (lines) => `lost ${lines};\n`,
                    1,
                );
                for (let i = 0; i < count; i++) writer.write(`line ${i};\n`);
                const end = async (): Promise<void> => {
                    writer.write("end;\n");
                    count++;
                    await new Promise((resolve) => setTimeout(resolve, 2));
                };
                while (steps.length > 0) await end();
                // What was dropped is told of with the next line that is not.
                await end();
                const whole = text.split("\n").filter((line) => line.endsWith(";"));
                const numbers = whole.flatMap((line) => /^line (\d+);$/.exec(line)?.[1] ?? []).map(Number);
                const lost = whole.reduce((sum, line) => sum + Number(/^lost (\d+);$/.exec(line)?.[1] ?? 0), 0);
                assert.deepEqual(
                    numbers,
                    [...numbers].sort((a, b) => a - b),
                );
                assert.equal(numbers.length + whole.filter((line) => line === "end;").length + lost, count, text);
            }),
            { numRuns: 200 },
        );
    });

    it("are held for a reader that stalls up to a bound, and what is beyond is told when it reads again", async () => {
        let isStalled = true;
        let text = "";
        const writer = new LineWriter(
            (bytes) => {
                if (isStalled) fault("EAGAIN");
                text += bytes.toString();
                return bytes.length;
            },
            (lines) => `lost ${lines}\n`,
        );
        const line = `${"x".repeat(1023)}\n`;
        for (let i = 0; i < 1030; i++) writer.write(line);
        isStalled = false;
        await eventually(() => assert.ok(text.length > 0));
        writer.write("last\n");
        assert.equal(text, `lost 6\n${line.repeat(1024)}last\n`);
    });
});

describe("the process log", () => {
    let program: Bundle;
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-log-"));
        program = bundle({
            text: `
            import { createProcessLog } from "./proxy/log";
            const log = createProcessLog();
            for (let i = 0; i < 5_000; i++) log.info({ i, text: "x".repeat(200) }, "line");
            process.stdout.write("served on", () => process.exit(0));`,
        });
    });
    after(() => {
        program.remove();
        rmSync(folder, { recursive: true });
    });

    it("stops nothing where nobody reads it", async () => {
        const child = spawn(process.execPath, [program.file], { stdio: ["ignore", "pipe", "pipe"] });
        child.stderr.pause();
        let text = "";
        child.stdout.on("data", (part: Buffer) => {
            text += part.toString();
        });
        const [code] = (await once(child, "exit")) as [number];
        assert.deepEqual([code, text], [0, "served on"]);
    });

    it("stops nothing on a full disk", async () => {
        const full = openSync("/dev/full", "w");
        const child = spawn(process.execPath, [program.file], { stdio: ["ignore", "pipe", full] });
        closeSync(full);
        const [code] = (await once(child, "exit")) as [number];
        assert.equal(code, 0);
    });

    it("is whole in a file", async () => {
        const file = path.join(folder, "log");
        const fd = openSync(file, "w");
        const child = spawn(process.execPath, [program.file], { stdio: ["ignore", "ignore", fd] });
        closeSync(fd);
        await once(child, "exit");
        assert.deepEqual(
            readFileSync(file, "utf8")
                .trimEnd()
                .split("\n")
                .map((line) => (JSON.parse(line) as { i: number }).i),
            Array.from({ length: 5_000 }, (_, i) => i),
        );
    });
});
