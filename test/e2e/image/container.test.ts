/** The image in a real container, locked down as the gateways' pods are. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, describe, it } from "mocha";
import { makeAuthority } from "../../support/certificates";
import { eventually } from "../../support/eventually";
import { run } from "../../support/gatehouse";
import { buildImage } from "./support/build";
import { Container, HARDENED } from "./support/container";
import { ContainerDaemon } from "./support/container-daemon";
import { BACKEND, CLIENT, objects } from "./support/programs";

const IMAGE = "gatehouse:test";
const LOADED_MS = 60_000;

/** Waits for a line of a process that says it. */
async function says(child: ChildProcess, text: string): Promise<void> {
    if (!child.stdout) throw new Error("its output is not read");
    for await (const line of createInterface({ input: child.stdout })) if (line === text) return;
    throw new Error(`it ended before it said ${text}`);
}

describe("the image", function () {
    this.timeout(600_000);
    let daemon: ContainerDaemon;
    let base: string;
    let context: string;
    let config: string;
    let ca: string;
    const containers: Container[] = [];
    const children: ChildProcess[] = [];

    const start = async (flags: readonly string[], ...args: readonly string[]): Promise<Container> => {
        const container = await Container.run(daemon, IMAGE, flags, args);
        containers.push(container);
        return container;
    };
    const startProxy = async (...args: readonly string[]): Promise<Container> => {
        const proxy = await start(
            [...HARDENED, "--volume", `${config}:/config:ro`],
            "proxy",
            "--config",
            "/config",
            "--labels",
            "istio=edge",
            "--concurrency",
            "1",
            ...args,
        );
        await eventually(
            async () =>
                assert.ok(
                    (await proxy.log()).some(({ msg }) => msg === "ready"),
                    await proxy.output(),
                ),
            LOADED_MS,
        );
        return proxy;
    };
    const startBackend = async (proxy: Container): Promise<ChildProcess> => {
        const backend = proxy.start(BACKEND);
        children.push(backend);
        await says(backend, "listening");
        return backend;
    };
    const filesOf = async (image: string): Promise<{ name: string; size: number }[]> => {
        const id = await daemon.ask("create", image, "x");
        const tar = path.join(daemon.folder, `${id}.tar`);
        await daemon.ask("export", "--output", tar, id);
        await daemon.ask("rm", id);
        const { stdout } = await run("tar", ["--list", "--verbose", "--file", tar]);
        return stdout
            .trim()
            .split("\n")
            .map((line) => line.split(/\s+/))
            .map(([, , size, , , name = ""]) => ({ name, size: Number(size) }));
    };

    before(async function () {
        daemon = await ContainerDaemon.start(this, "the image in a container");
        ({ base, context } = await buildImage(daemon, IMAGE));
        const authority = await makeAuthority();
        config = path.join(daemon.folder, "objects");
        mkdirSync(config);
        writeFileSync(path.join(config, "objects.yaml"), objects(await authority.issue({ dns: ["web.example.com"] })));
        ca = path.join(daemon.folder, "ca.pem");
        writeFileSync(ca, authority.cert);
    });
    afterEach(async () => {
        for (const child of children.splice(0)) child.kill();
        for (const container of containers.splice(0)) await container.remove();
    });
    after(() => daemon?.stop());

    it("is not built without a base", async () => {
        const { code, stdout, stderr } = await daemon.docker("build", context);
        assert.notEqual(code, 0);
        assert.match(stdout + stderr, /base name \(\$\{BASE\}\) should not be blank/);
    });

    it("adds a folder of four files to its base, and holds no key", async () => {
        const before = new Set((await filesOf(base)).map(({ name }) => name));
        const added = (await filesOf(IMAGE)).map(({ name }) => name).filter((name) => !before.has(name));
        const files = ["LICENSE", "THIRD-PARTY-LICENCES.txt", "gatehouse-worker.js", "gatehouse.js"];
        assert.deepEqual(added.sort(), ["gatehouse/", ...files.map((file) => `gatehouse/${file}`)]);
        const key = "-----BEGIN [A-Z ]*PRIVATE KEY-----\\\\?n?\\s*[A-Za-z0-9+/]{40}";
        const search = await run("grep", [
            "--recursive",
            "--text",
            "--files-with-matches",
            "--perl-regexp",
            "--null-data",
            "-e",
            key,
            context,
        ]);
        assert.deepEqual(search, { code: 1, stdout: "", stderr: "" }, "1: nothing was found");
        assert.doesNotMatch(await daemon.ask("history", "--no-trunc", IMAGE), /PRIVATE|password|token/i);
    });

    it("has no shell and no package manager, and is less than 200 MB unpacked", async () => {
        const files = await filesOf(IMAGE);
        const tools = /(^|\/)(sh|bash|dash|ash|busybox|apt|apt-get|dpkg|apk|rpm|yum|npm|npx|corepack)$/;
        assert.deepEqual(
            files.filter(({ name }) => tools.test(name)),
            [],
        );
        const size = files.reduce((sum, one) => sum + one.size, 0);
        assert.ok(size > 1e6 && size < 200e6, `${size} bytes`);
    });

    it("says what it is, of which version and licence, and runs as nobody's user", async () => {
        const { Config } = await daemon.inspect<{ Config: { Labels: Record<string, string>; User: string; Entrypoint: string[] } }>(IMAGE);
        const {
            "org.opencontainers.image.description": description,
            "org.opencontainers.image.version": version,
            ...labels
        } = Config.Labels;
        assert.deepEqual(labels, {
            "org.opencontainers.image.title": "gatehouse",
            "org.opencontainers.image.licenses": "Apache-2.0",
            "org.opencontainers.image.revision": "abc123",
        });
        assert.ok(description);
        assert.match(version ?? "", /^\d+\.\d+\.\d+/);
        assert.deepEqual([Config.User, Config.Entrypoint], ["65532:65532", ["node", "/gatehouse/gatehouse.js"]]);
    });

    it("serves on low ports with a file system that is read only, without any capability or more privileges", async () => {
        const proxy = await startProxy();
        await startBackend(proxy);
        assert.deepEqual(await proxy.node(CLIENT, "http://127.0.0.1:80/", "web.example.com"), {
            code: 0,
            stdout: "200 hello\n",
            stderr: "",
        });
        assert.deepEqual(await proxy.node(CLIENT, "https://127.0.0.1:443/", "web.example.com", ca), {
            code: 0,
            stdout: "200 hello\n",
            stderr: "",
        });
        assert.deepEqual(await proxy.node(CLIENT, "http://127.0.0.1:15021/healthz/ready", "x"), {
            code: 0,
            stdout: "200 ready\n",
            stderr: "",
        });
        assert.equal(proxy.status("Uid"), "65532 65532 65532 65532");
        assert.deepEqual(
            [proxy.status("CapEff"), proxy.status("CapPrm"), proxy.status("NoNewPrivs")],
            ["0000000000000000", "0000000000000000", "1"],
        );
        assert.equal(await daemon.ask("diff", proxy.id), "A /config", "nothing but the mount is new");
    });

    it("finishes what it serves on SIGTERM, turns new work away, and leaves with 0 within the time to drain", async () => {
        const proxy = await startProxy("--drain-seconds", "30");
        const backend = await startBackend(proxy);
        const slow = proxy.node(CLIENT, "http://127.0.0.1:80/slow", "web.example.com");
        await says(backend, "/slow");
        await proxy.signal("SIGTERM");
        const asked = Date.now();
        await eventually(
            async () => assert.deepEqual((await proxy.node(CLIENT, "http://127.0.0.1:15021/healthz/ready", "x")).stdout, "503 draining\n"),
            LOADED_MS,
        );
        await eventually(
            async () => assert.match((await proxy.node(CLIENT, "http://127.0.0.1:80/", "web.example.com")).stderr, /ECONNREFUSED/),
            LOADED_MS,
        );
        assert.ok(await proxy.isRunning());
        backend.stdin?.write("now\n");
        assert.deepEqual(await slow, { code: 0, stdout: "200 finished\n", stderr: "" });
        assert.equal(await proxy.ended(), 0);
        assert.ok(Date.now() - asked < 35_000, `${Date.now() - asked} ms`);
    });

    it("ends a request that outlives the time to drain, and leaves", async () => {
        const proxy = await startProxy("--drain-seconds", "1");
        const backend = await startBackend(proxy);
        const slow = proxy.node(CLIENT, "http://127.0.0.1:80/slow", "web.example.com");
        await says(backend, "/slow");
        await proxy.signal("SIGTERM");
        assert.equal(await proxy.ended(), 0);
        assert.notEqual((await slow).stdout, "200 finished\n");
    });

    it("ends on the signals that come before it serves", async () => {
        // So slow a start has room for a signal in it. Node itself loses those of its first moments, so that there are many.
        const proxy = await start([...HARDENED, "--cpus", "0.05", "--volume", `${config}:/config:ro`], "proxy", "--config", "/config");
        await eventually(async () => assert.ok(proxy.hasBegun()), LOADED_MS);
        const signals = setInterval(() => proxy.terminate(), 20);
        try {
            // 143: it came before any code of ours ran.
            assert.ok([0, 143].includes(await proxy.ended()));
        } finally {
            clearInterval(signals);
        }
        assert.deepEqual(
            (await proxy.log()).filter(({ msg }) => msg === "ready"),
            [],
        );
    });

    it("runs a sample backend where its container's network reaches it", async () => {
        const sample = await start([...HARDENED, "--env", "PORT=8080"], "sample", "web");
        await eventually(async () => assert.match(await sample.output(), /"address":"0\.0\.0\.0","port":8080/), LOADED_MS);
        const { stdout } = await sample.node(CLIENT, "http://127.0.0.1:8080/", "web.example.com");
        assert.match(stdout, /^200 /);
        await sample.signal("SIGTERM");
        assert.equal(await sample.ended(), 0);
    });

    it("says what is wrong with its arguments and leaves with 2", async () => {
        const wrong = await start(HARDENED, "proxy", "--concurrency", "none");
        assert.equal(await wrong.ended(), 2);
        assert.match(await wrong.output(), /--concurrency/);
    });
});
