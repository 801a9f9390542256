/** `gatehouse render` as a process: its files, its findings, its exit codes. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { gatehouse, type Finished } from "../../support/gatehouse";

const PROGRAM = path.join(root, "test/cli/programs/two-gateways");

describe("gatehouse render", function () {
    this.timeout(600_000);
    let base: string;
    let out: string;
    before(() => {
        base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-render-"));
        out = path.join(base, "out");
    });
    after(() => {
        rmSync(base, { recursive: true, force: true });
        rmSync(path.join(PROGRAM, ".gatehouse"), { recursive: true, force: true });
    });
    const render = (...args: string[]): Promise<Finished> => gatehouse(["render", PROGRAM, "--out", out, ...args]);

    it("writes one file an object, prints their names, and gives Secrets to the owner only", async () => {
        const { code, stdout, stderr } = await render();
        assert.equal(code, 0, stderr);
        const files = readdirSync(out).filter((name) => !name.startsWith("."));
        assert.deepEqual(
            stdout
                .trim()
                .split("\n")
                .map((line) => path.basename(line))
                .sort(),
            files.sort(),
        );
        assert.ok(files.includes("ingress-gateway-public.yaml") && files.includes("apps-deployment-db.yaml"));
        const [secret = ""] = files.filter((name) => name.startsWith("apps-secret-password"));
        assert.equal(statSync(path.join(out, secret)).mode & 0o777, 0o600);
        assert.match(readFileSync(path.join(out, "ingress-service-public.yaml"), "utf8"), /targetPort: 8080/);
    });

    it("names a typo with a did-you-mean, and ends with 1; the files are written for a look at them", async () => {
        const { code, stderr } = await render("-c", "fault=typo");
        assert.equal(code, 1);
        assert.match(stderr, /Error GH0101 Gateway ingress\/internal spec\.servers\[0\]\.host: .*hosts/);
        assert.match(readFileSync(path.join(out, "ingress-gateway-internal.yaml"), "utf8"), /host:\n/);
    });

    it("names what else can be wrong: between objects, in Secrets, in kinds", async () => {
        const faults: Record<string, RegExp> = {
            port: /Error GH0104 Gateway ingress\/internal spec\.servers\[1\]\.port\.number: .*70000/,
            secret: /Error GH0420 Gateway ingress\/internal spec\.servers\[1\]\.tls\.credentialName: .*absent/,
            key: /Error GH0121 .*Secret ingress\/crossed: the private key does not belong to the certificate/,
            expired: /Error GH0122 .*ingress\/expired .*expired on/,
            twice: /Error GH0412 Gateway ingress\/internal .*internal\.example\.com on port 443/,
            kind: /Error GH0107 Gatewy ingress\/public kind: .*Did you mean `Gateway`/,
        };
        await Promise.all(
            Object.entries(faults).map(async ([fault, message]) => {
                const { code, stderr } = await gatehouse(["render", PROGRAM, "--out", path.join(base, fault), "-c", `fault=${fault}`], {
                    timeoutMs: 150_000,
                });
                assert.equal(code, 1, stderr);
                assert.match(stderr, message);
                assert.match(stderr, /programs\/two-gateways\/index\.js:\d+/);
                assert.doesNotMatch(stderr, /PRIVATE KEY|^\s+at /m);
            }),
        );
    });

    it("ends with 1 and no stack trace where the program throws, and leaves the files alone", async () => {
        const before = readdirSync(out);
        const { code, stdout, stderr } = await render("-c", "fault=throws");
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, /the program threw/);
        assert.doesNotMatch(stderr, /^\s+at /m);
        assert.deepEqual(readdirSync(out), before);
    });

    it("ends with 3 where it could not run, and says why", async () => {
        const missing = await gatehouse(["render", "nowhere", "--out", out]);
        assert.equal(missing.code, 3);
        assert.match(missing.stderr, /there is no stack "nowhere".*quickstart/);
        writeFileSync(path.join(base, "plain"), "");
        const unwritable = await gatehouse(["render", PROGRAM, "--out", path.join(base, "plain", "out")]);
        assert.equal(unwritable.code, 3);
        assert.match(unwritable.stderr, /cannot make the folder/);
    });

    it("ends with 2 for wrong usage", async () => {
        for (const args of [
            ["render"],
            ["render", PROGRAM],
            ["render", PROGRAM, "--out", out, "-c", "novalue"],
            ["render", PROGRAM, "--out", out, "--nope"],
            ["rendre"],
            ["up", "--check", "--watch"],
            ["proxy"],
            ["proxy", "--config", ".", "--kubernetes"],
        ]) {
            const { code, stdout } = await gatehouse(args);
            assert.deepEqual([code, stdout], [2, ""], args.join(" "));
        }
    });
});

describe("gatehouse", () => {
    it("prints its version and, with examples, its help", async () => {
        const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
        assert.equal((await gatehouse(["--version"])).stdout, `${version}\n`);
        for (const args of [["--help"], ["up", "--help"], ["render", "--help"], ["proxy", "--help"]]) {
            const { code, stdout } = await gatehouse(args);
            assert.equal(code, 0);
            assert.match(stdout, /Examples:\n {2}gatehouse /);
        }
    });

    it("proxy ends with 3 where its folder or an address of its own cannot be had", async () => {
        const missing = await gatehouse(["proxy", "--config", "/nowhere/at/all"]);
        assert.equal(missing.code, 3);
        assert.match(missing.stderr, /--config \/nowhere\/at\/all: there is no such folder/);
        const taken = createServer();
        const port = await new Promise<number>((resolve) =>
            taken.listen(0, "127.0.0.1", () => resolve((taken.address() as AddressInfo).port)),
        );
        const refused = await gatehouse([
            "proxy",
            "--config",
            __dirname,
            "--admin",
            `127.0.0.1:${port}`,
            "--status",
            "127.0.0.1:0",
            "--metrics",
            "127.0.0.1:0",
        ]);
        taken.close();
        assert.equal(refused.code, 3);
        assert.match(refused.stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
    });

    it("says plainly that no cluster is named, and which contexts there are", async () => {
        const env = { KUBECONFIG: "", KUBERNETES_SERVICE_HOST: "", HOME: "/nowhere" };
        const none = await gatehouse(["proxy", "--kubernetes"], { env });
        assert.equal(none.code, 3);
        assert.match(none.stderr, /There is no cluster to read from: .* Name a kubeconfig with --kubeconfig FILE\./);
        const file = path.join(mkdtempSync(path.join(os.tmpdir(), "gatehouse-kubeconfig-")), "config");
        writeFileSync(
            file,
            JSON.stringify({
                contexts: [
                    { name: "one", context: {} },
                    { name: "two", context: {} },
                ],
            }),
        );
        const wrong = await gatehouse(["proxy", "--kubernetes", "--kubeconfig", file, "--context", "three"], { env });
        rmSync(path.dirname(file), { recursive: true });
        assert.equal(wrong.code, 3);
        assert.match(wrong.stderr, /has no context "three"; it has one, two/);
    });
});
