/** `gatehouse up` as a process: what it serves, what it says, and that nothing of it stays behind. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, afterEach, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { eventually } from "../../support/eventually";
import { gatehouse, run, type Finished } from "../../support/gatehouse";

interface Server {
    readonly url: string;
    readonly address: string;
    readonly port: number;
    readonly declaredPort: number;
    readonly hosts: readonly string[];
    readonly commands: readonly string[];
}
interface Document {
    readonly gateways: readonly {
        readonly name: string;
        readonly pid: number;
        readonly admin: string;
        readonly status: string;
        readonly servers: readonly Server[];
    }[];
    readonly backends: readonly { readonly name: string; readonly pid: number; readonly port: number }[];
    readonly notRun: readonly { readonly name: string }[];
    readonly check?: readonly { readonly url: string; readonly outcome: string; readonly detail: string }[];
    readonly state: string;
    readonly ca: string;
}

describe("gatehouse up", function () {
    this.timeout(600_000);
    let base: string;
    let program: string;
    let state: string;
    before(() => {
        base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-up-"));
        program = path.join(base, "two-gateways");
        state = path.join(base, "state");
        cpSync(path.join(root, "test/cli/programs/two-gateways"), program, { recursive: true });
        symlinkSync(path.join(root, "node_modules"), path.join(base, "node_modules"));
    });
    after(() => rmSync(base, { recursive: true, force: true }));

    const check = (...args: string[]): Promise<Finished> =>
        gatehouse(["up", program, "--state", state, "--port-offset", "auto", "--check", "-o", "json", ...args]);

    describe("--check", () => {
        it("serves the same port of two gateways, tries every route, and leaves nothing running", async () => {
            const { code, stdout, stderr } = await check();
            assert.equal(code, 0, stderr);
            const document = JSON.parse(stdout) as Document;
            assert.deepEqual(
                document.gateways.map(({ name, servers }) => [name, servers.map(({ declaredPort, hosts }) => [declaredPort, hosts])]),
                [
                    [
                        "public",
                        [
                            [80, ["public.example.com"]],
                            [31400, ["*"]],
                        ],
                    ],
                    ["internal", [[80, ["internal.example.com"]]]],
                ],
            );
            assert.deepEqual(
                document.check?.map(({ url, outcome }) => [new URL(url).pathname, outcome]),
                [
                    ["/db", "untried"],
                    ["/hello", "passed"],
                    ["", "passed"],
                    ["/db", "untried"],
                    ["/hello", "passed"],
                ],
            );
            assert.deepEqual(
                document.notRun.map(({ name }) => name),
                ["db"],
            );
            for (const { pid } of [...document.gateways, ...document.backends]) assert.ok(!isAlive(pid), `${pid} lives on`);
        });

        it("keeps what it writes for the owner only", () => {
            assert.equal(statSync(state).mode & 0o777, 0o700);
            const secrets = readdirSync(path.join(state, "objects")).filter((name) => name.includes("secret"));
            assert.equal(secrets.length, 1);
            for (const name of secrets) assert.equal(statSync(path.join(state, "objects", name)).mode & 0o777, 0o600);
        });

        for (const [fault, message] of [
            ["typo", /Error GH0101 Gateway ingress\/internal spec\.servers\[0\]\.host/],
            ["sample", /Error GH0501 Deployment apps\/web .*"wbe"; wanted proxy or one of the samples/],
            ["destination", /Error GH0504: http:\/\/public\.example\.com:\d+\/hello: answered 503/],
            [
                "backend",
                /Error GH0505 Deployment apps\/web: its process ended by itself \(exit code 3\); it said: gatehouse: sample tls-echo: ENOENT.*[\s\S]*\/hello: answered 503/,
            ],
            [
                "plugin",
                /Error GH0460 WasmPlugin ingress\/office-only: .* is for Gateway ingress\/internal, [\s\S]*Error GH0504: http:\/\/internal\.example\.com:\d+\/hello: answered 403/,
            ],
            [
                "badpolicy",
                /Error GH0101 AuthorizationPolicy ingress\/office-only spec\.rulez[\s\S]*Error GH0504: http:\/\/internal\.example\.com:\d+\/hello: answered 403/,
            ],
            ["throws", /Error GH0301.*the program threw/],
        ] as const) {
            it(`ends with 1 and names the fault: ${fault}`, async () => {
                const { code, stdout, stderr } = await check("-c", `fault=${fault}`);
                assert.equal(code, 1, stderr);
                assert.match(stderr, message);
                assert.doesNotMatch(stderr, /^\s+at /m);
                // What is wrong with one host leaves the other services alone.
                if (fault !== "throws")
                    assert.equal((JSON.parse(stdout) as Document).check?.find(({ url }) => url.startsWith("tcp:"))?.outcome, "passed");
            });
        }

        it("serves what a policy restricts where it is told to, and says so", async () => {
            const { stdout, stderr } = await check("-c", "fault=plugin", "--ignore-security-policies");
            assert.match(
                stderr,
                /--ignore-security-policies: what policies keep out is let in[\s\S]*Warning GH0461 WasmPlugin ingress\/office-only/,
            );
            assert.deepEqual(
                (JSON.parse(stdout) as Document).check?.filter(({ outcome }) => outcome === "failed"),
                [],
            );
        });

        it("ends with 3 where the state folder cannot be written", async () => {
            writeFileSync(path.join(base, "plain"), "");
            const { code, stderr } = await gatehouse(["up", program, "--check", "--state", path.join(base, "plain", "state")]);
            assert.equal(code, 3);
            assert.match(stderr, /cannot make the folder/);
        });
    });

    describe("left running", () => {
        const started: ChildProcess[] = [];
        afterEach(async () => {
            await Promise.all(
                started.splice(0).map(
                    (child) =>
                        new Promise((resolve) => {
                            if (child.exitCode !== null || child.signalCode !== null) return resolve(undefined);
                            child.once("exit", resolve);
                            child.kill("SIGKILL");
                        }),
                ),
            );
        });

        interface Up {
            readonly document: Document;
            readonly child: ChildProcess;
            stderr(): string;
        }
        const start = (...args: string[]): Promise<Up> =>
            new Promise((resolve, reject) => {
                const child = spawn(
                    process.execPath,
                    [
                        path.join(root, "cli", "gatehouse.js"),
                        "up",
                        program,
                        "--state",
                        state,
                        "--port-offset",
                        "auto",
                        "-o",
                        "json",
                        ...args,
                    ],
                    { stdio: ["ignore", "pipe", "pipe"] },
                );
                started.push(child);
                let stdout = "";
                let stderr = "";
                child.stderr.setEncoding("utf8").on("data", (text: string) => {
                    stderr += text;
                });
                child.stdout.setEncoding("utf8").on("data", (text: string) => {
                    stdout += text;
                    if (text.endsWith("}\n")) resolve({ document: JSON.parse(stdout) as Document, child, stderr: () => stderr });
                });
                child.once("exit", (code) => reject(new Error(`up ended with ${code}:\n${stderr}`)));
            });
        const exitOf = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("exit", resolve));
        const pids = ({ gateways, backends }: Document): number[] => [...gateways, ...backends].map(({ pid }) => pid);

        it("answers the lines that it prints, admin and status too, until SIGTERM, and takes everything along", async () => {
            const { document, child } = await start();
            const [gateway] = document.gateways;
            const line = gateway?.servers[0]?.commands.find((command) => command.includes("/hello")) ?? "";
            const { stdout } = await run("sh", ["-c", line.replace("curl", "curl -s")]);
            assert.match(stdout, /"sample":"web","pod":"web-local"/);
            assert.equal((await fetch(`${gateway?.status}/healthz/ready`)).status, 200);
            assert.equal((await fetch(`${gateway?.admin}/ready`)).status, 200);
            const exit = exitOf(child);
            child.kill("SIGTERM");
            assert.equal(await exit, 0);
            for (const pid of pids(document)) assert.ok(!isAlive(pid), `${pid} lives on`);
            assert.ok(!existsSync(path.join(state, "up.pid")));
        });

        it("takes everything along when it is killed", async () => {
            const { document, child } = await start();
            child.kill("SIGKILL");
            await eventually(() => {
                for (const pid of pids(document)) assert.ok(!isAlive(pid), `${pid} lives on`);
            }, 60_000);
        });

        it("with --watch takes up a save, keeps its ports and processes, and survives an error", async () => {
            const { document, child, stderr } = await start("--watch");
            const source = path.join(program, "index.js");
            const before = readFileSync(source, "utf8");
            const port = document.gateways[0]?.servers[0]?.port ?? 0;
            const status = async (target: string): Promise<string> =>
                (
                    await run("curl", [
                        "-s",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{http_code}",
                        "-H",
                        "Host: public.example.com",
                        `http://127.0.0.1:${port}${target}`,
                    ])
                ).stdout;
            try {
                assert.equal(await status("/bye"), "404");
                writeFileSync(source, before.replace('prefix: "/hello"', 'prefix: "/bye"'));
                await eventually(async () => assert.equal(await status("/bye"), "200"), 60_000);
                writeFileSync(source, "throw new Error('saved too early');");
                await eventually(() => assert.match(stderr(), /saved too early[\s\S]*What was good last goes on/), 60_000);
                assert.equal(await status("/bye"), "200");
                for (const pid of pids(document)) assert.ok(isAlive(pid), `${pid} was replaced`);
            } finally {
                writeFileSync(source, before);
            }
            const exit = exitOf(child);
            child.kill("SIGINT");
            assert.equal(await exit, 0);
        });
    });
});

/** Zombies count as gone: nobody waits for the child of a killed parent here. */
function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return !existsSync("/proc/self/status") || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
        return false;
    }
}
