/** What the command does with signals, and with the end of whoever started it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../support/checkout";
import { eventually } from "../support/eventually";
import { startProxy, type RunningProxy } from "../support/gatehouse";
import { gone } from "../support/processes";

describe("signals to the proxy", () => {
    let folder: string;
    let config: string;
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-signals-"));
        config = path.join(folder, "config");
        mkdirSync(config);
    });
    after(() => rmSync(folder, { recursive: true }));

    async function withProxy(use: (proxy: RunningProxy, workers: readonly number[]) => Promise<void>): Promise<void> {
        const proxy = await startProxy(["--config", config, "--concurrency", "1"]);
        try {
            const workers = (await (await fetch(`http://${String(proxy.ready["admin"])}/workers`)).json()) as { pid: number }[];
            await use(proxy, workers.map(({ pid }) => pid));
        } finally {
            await proxy.stop();
        }
    }

    it("SIGHUP reads everything again and ends nobody", () => withProxy(async (proxy, workers) => {
        for (const pid of [proxy.pid, ...workers]) process.kill(pid, "SIGHUP");
        await proxy.waitFor(({ msg }) => msg === "reading everything again");
        assert.deepEqual([proxy.pid, ...workers].filter(gone), []);
        assert.equal((await fetch(`http://${String(proxy.ready["status"])}/healthz/ready`)).status, 200);
    }));

    it("SIGUSR1 opens no inspector, in no process", async function () {
        if (process.platform !== "linux") this.skip(); // Only /proc tells the listening sockets of a process without a tool.
        await withProxy(async (proxy, workers) => {
            const before = listening();
            for (const pid of [proxy.pid, ...workers]) process.kill(pid, "SIGUSR1");
            // The proxy's answer to the next signal comes after what it does about this one.
            process.kill(proxy.pid, "SIGHUP");
            await proxy.waitFor(({ msg }) => msg === "reading everything again");
            assert.deepEqual(listening().filter((port) => port === 9229 && !before.includes(port)), []);
            assert.deepEqual([proxy.pid, ...workers].filter(gone), []);
        });
    });
});

/** Ports on which anybody of this machine listens. */
function listening(): number[] {
    return readFileSync("/proc/net/tcp", "utf8").split("\n").filter((line) => line.includes(" 0A ")).map((line) => parseInt(/:([0-9A-F]{4}) /.exec(line)?.[1] ?? "0", 16));
}

describe("a command that npm started", () => {
    it("ends as by SIGTERM when npm's shell is gone", async () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-npm-"));
        const log = path.join(folder, "log");
        writeFileSync(log, "");
        const command = `"${process.execPath}" "${path.join(root, "cli/gatehouse.js")}" proxy --config "${folder}" --admin 127.0.0.1:0 --status 127.0.0.1:0 --drain-seconds 0 2> "${log}"; :`;
        const shell = spawn("sh", ["-c", command], { env: { ...process.env, npm_command: "exec" }, stdio: "ignore" });
        try {
            await eventually(() => assert.match(readFileSync(log, "utf8"), /"msg":"ready"/));
            const { pid } = JSON.parse(readFileSync(log, "utf8").split("\n")[0] ?? "{}") as { pid: number };
            shell.kill("SIGTERM");
            await once(shell, "exit");
            await eventually(() => assert.ok(gone(pid)));
            assert.match(readFileSync(log, "utf8"), /"msg":"stopped"/);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});
