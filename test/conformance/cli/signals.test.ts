/** What the command does with signals, and with the end of whoever started it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { eventually } from "../../support/eventually";
import { OWN_PORTS, startProxy, type RunningProxy } from "../../support/gatehouse";
import { gone } from "../../support/processes";

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
            await use(
                proxy,
                workers.map(({ pid }) => pid),
            );
        } finally {
            await proxy.stop();
        }
    }

    it("SIGHUP reads everything again and ends nobody", () =>
        withProxy(async (proxy, workers) => {
            for (const pid of [proxy.pid, ...workers]) process.kill(pid, "SIGHUP");
            await proxy.waitFor(({ msg }) => msg === "reading everything again");
            assert.deepEqual([proxy.pid, ...workers].filter(gone), []);
            assert.equal((await fetch(`http://${String(proxy.ready["status"])}/healthz/ready`)).status, 200);
        }));

    it("SIGUSR1 opens no inspector, in no process", async () => {
        const log = path.join(folder, "log");
        const fd = openSync(log, "w");
        const proxy = spawn(
            process.execPath,
            [path.join(root, "cli/gatehouse.js"), "proxy", "--config", config, "--concurrency", "1", ...OWN_PORTS],
            {
                stdio: ["ignore", "ignore", fd],
                env: { ...process.env, NODE_OPTIONS: "--inspect-port=127.0.0.1:0" },
            },
        );
        closeSync(fd);
        await eventually(() => assert.match(readFileSync(log, "utf8"), /"msg":"ready"/));
        const { admin } = JSON.parse(readFileSync(log, "utf8").split("\n")[0] ?? "{}") as { admin: string };
        const workers = (await (await fetch(`http://${admin}/workers`)).json()) as { pid: number }[];
        for (const { pid } of workers) process.kill(pid, "SIGUSR1");
        proxy.kill("SIGUSR1");
        const { status } = await fetch(`http://${admin}/ready`);
        assert.equal(status, 200);
        proxy.kill("SIGTERM");
        await once(proxy, "exit");
        assert.doesNotMatch(readFileSync(log, "utf8"), /Debugger listening/);
    });
});

describe("a command that npm started", () => {
    it("ends as by SIGTERM when npm's shell is gone", async () => {
        const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-npm-"));
        const log = path.join(folder, "log");
        writeFileSync(log, "");
        const command = `"${process.execPath}" "${path.join(root, "cli/gatehouse.js")}" proxy --config "${folder}" --admin 127.0.0.1:0 --status 127.0.0.1:0 --metrics 127.0.0.1:0 --drain-seconds 0 2> "${log}"; :`;
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
