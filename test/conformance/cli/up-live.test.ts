/** What `gatehouse up` tells while it runs: requests as they happen, and what is wrong between the objects. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, it } from "mocha";
import { root } from "../../support/checkout";
import { eventually } from "../../support/eventually";
import { run } from "../../support/gatehouse";

describe("a run that goes on", function () {
    this.timeout(120_000);

    it("shows requests in lines of their own, and what the analysis finds, without colour where no terminal is", async () => {
        const base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-live-"));
        const program = path.join(base, "two-gateways");
        cpSync(path.join(root, "test/cli/programs/two-gateways"), program, { recursive: true });
        symlinkSync(path.join(root, "node_modules"), path.join(base, "node_modules"));
        const child = spawn(
            process.execPath,
            [path.join(root, "cli/gatehouse.js"), "up", program, "--port-offset", "auto", "-c", "fault=unreachable"],
            { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, FORCE_COLOR: undefined } },
        );
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        try {
            await eventually(() => assert.match(stderr, /Ctrl-C ends it/), 60_000);
            await eventually(() => assert.match(stderr, /IST0130/), 30_000);
            const port = /public\.example\.com:(\d+)/.exec(stdout)?.[1] ?? "";
            const ask = (): Promise<unknown> =>
                run("curl", ["-s", "-H", "Host: public.example.com", `http://127.0.0.1:${port}/hello/a%1b%0d%0ab`]);
            // The first may come before the gateway is followed.
            await eventually(async () => {
                await ask();
                assert.match(
                    stderr,
                    /^\d\d:\d\d:\d\d\.\d{3} {2}200 {2}GET public\.example\.com\/hello\/\S+ {2}\d+ ms {2}→ web\.apps:80 {2}ingress\/public$/m,
                );
            }, 30_000);
            // Neither colours nor controls that a client has brought.
            assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
        } finally {
            const ended = once(child, "exit");
            child.kill("SIGINT");
            await ended;
            rmSync(base, { recursive: true, force: true });
        }
    });
});
