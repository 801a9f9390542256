/**
 * A stack's rendered files, served by `gatehouse proxy --config`, answer as `gatehouse up` of the same stack does. Both
 * lead to the same backends: those that `up` started, told to the other proxy by EndpointSlices.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { connect as connectTls } from "node:tls";
import { after, before, describe, it } from "mocha";
import { parse } from "yaml";
import { machinePorts } from "../../../cli/up/free-ports";
import { root } from "../../support/checkout";
import { gatehouse, run, startProxy, type RunningProxy } from "../../support/gatehouse";

interface Up {
    readonly gateways: readonly {
        readonly namespace: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly servers: readonly { readonly declaredPort: number; readonly port: number }[];
    }[];
    readonly backends: readonly { readonly name: string; readonly namespace: string; readonly port: number }[];
}
interface ServiceFile {
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly namespace?: string };
    readonly spec: { readonly ports: readonly { readonly name: string }[] };
}

/** Starts `up` and gives its one document once everything is ready. */
async function startUp(stack: string, state: string): Promise<{ readonly up: Up; readonly child: ChildProcess }> {
    const child = spawn(
        process.execPath,
        [path.join(root, "cli", "gatehouse.js"), "up", stack, "-o", "json", "--port-offset", "auto", "--state", state],
        { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
    );
    let stdout = "";
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
    });
    return new Promise((resolve, reject) => {
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            stdout += text;
            if (stdout.endsWith("\n}\n")) resolve({ up: JSON.parse(stdout) as Up, child });
        });
        child.once("exit", (code) => reject(new Error(`up ended with ${code}:\n${stderr}`)));
    });
}

/** An offset with which all of the ports are free. */
async function freeOffset(ports: readonly number[]): Promise<number> {
    for (const first of machinePorts.candidates()) {
        const offset = first - Math.min(...ports);
        const free = await Promise.all(
            ports.map(async (port) => offset >= 0 && port + offset < 65_536 && machinePorts.isFree(port + offset)),
        );
        if (free.every(Boolean)) return offset;
    }
    throw new Error("no offset is free");
}

function endpointSlice(service: ServiceFile, port: number): string {
    const { name, namespace } = service.metadata;
    return JSON.stringify({
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: `${name}-local`, namespace, labels: { "kubernetes.io/service-name": name } },
        addressType: "IPv4",
        ports: service.spec.ports.map((one) => ({ name: one.name, port })),
        endpoints: [{ addresses: ["127.0.0.1"] }],
    });
}

/** One stack, served twice. */
class Twice {
    readonly #base = mkdtempSync(path.join(os.tmpdir(), "gatehouse-rendered-"));
    #child: ChildProcess | undefined;
    #proxy: RunningProxy | undefined;
    #up: Up | undefined;
    #offset = 0;

    async start(stack: string): Promise<void> {
        const dir = path.join(this.#base, "rendered");
        const [{ up, child }, rendered] = await Promise.all([
            startUp(stack, path.join(this.#base, "state")),
            gatehouse(["render", stack, "--out", dir]),
        ]);
        this.#child = child;
        this.#up = up;
        assert.equal(rendered.code, 0, rendered.stderr);
        const [gateway] = up.gateways;
        assert.ok(gateway);
        const services = readdirSync(dir)
            .filter((name) => name.endsWith(".yaml"))
            .map((name) => parse(readFileSync(path.join(dir, name), "utf8")) as ServiceFile)
            .filter(({ kind }) => kind === "Service");
        for (const { name, namespace, port } of up.backends) {
            const service = services.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
            assert.ok(service);
            writeFileSync(path.join(dir, `endpoints-${name}.json`), endpointSlice(service, port));
        }
        this.#offset = await freeOffset([...new Set(gateway.servers.map(({ declaredPort }) => declaredPort))]);
        this.#proxy = await startProxy([
            "--config",
            dir,
            "--labels",
            Object.entries(gateway.labels)
                .map((pair) => pair.join("="))
                .join(","),
            "--namespace",
            gateway.namespace,
            "--bind",
            "127.0.0.1",
            "--concurrency",
            "1",
            "--port-offset",
            String(this.#offset),
        ]);
        assert.deepEqual(
            this.#proxy.log.filter(({ code }) => code !== undefined),
            [],
        );
    }

    async stop(): Promise<void> {
        await this.#proxy?.stop();
        const child = this.#child;
        if (child && child.exitCode === null) {
            const exited = new Promise((resolve) => child.once("exit", resolve));
            child.kill("SIGTERM");
            await exited;
        }
        rmSync(this.#base, { recursive: true, force: true });
    }

    /** Asks both, and gives the one answer. */
    async same<T>(declared: number, ask: (port: number) => Promise<T>): Promise<T> {
        const local = this.#up?.gateways[0]?.servers.find(({ declaredPort }) => declaredPort === declared)?.port ?? 0;
        const [byUp, byProxy] = await Promise.all([ask(local), ask(declared + this.#offset)]);
        assert.deepEqual(byProxy, byUp);
        return byUp;
    }
}

/** What curl says of a request to a host: exit code, status, where it is led to (its port aside), and the body. */
async function curl(
    scheme: string,
    host: string,
    port: number,
    target: string,
): Promise<readonly [code: number, status: string, location: string, body: string]> {
    const { code, stdout } = await run("curl", [
        "--silent",
        "--insecure",
        "--max-time",
        "10",
        "--resolve",
        `${host}:${port}:127.0.0.1`,
        "--write-out",
        "\n%{http_code}\n%header{location}",
        `${scheme}://${host}:${port}${target}`,
    ]);
    const lines = stdout.split("\n");
    return [code, lines.at(-2) ?? "", lines.at(-1)?.replace(`:${port}`, "") ?? "", lines.slice(0, -2).join("\n")];
}

/** The names of the certificate that is shown for a server name; the code of the error where there is no handshake. */
function certificateNames(port: number, servername: string): Promise<string> {
    return new Promise((resolve) => {
        const socket = connectTls({ port, host: "127.0.0.1", servername, rejectUnauthorized: false });
        socket.once("secureConnect", () => {
            resolve(new X509Certificate(socket.getPeerCertificate().raw).subjectAltName ?? "");
            socket.destroy();
        });
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""));
    });
}

function echo(port: number, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
        let received = "";
        socket.setEncoding("utf8").on("data", (chunk: string) => {
            received += chunk;
        });
        socket.once("connect", () => socket.end(text));
        socket.once("end", () => resolve(received));
        socket.once("error", reject);
    });
}

describe("a stack's rendered files answer as `up` does", function () {
    this.timeout(600_000);

    describe("quickstart", () => {
        const twice = new Twice();
        before(() => twice.start("quickstart"));
        after(() => twice.stop());

        it("over HTTPS: each host its certificate and its routes", async () => {
            const [, status, , body] = await twice.same(443, (port) => curl("https", "webapp.istioinaction.io", port, "/api/catalog"));
            assert.deepEqual([status, body.startsWith("[{")], ["200", true]);
            assert.equal((await twice.same(443, (port) => curl("https", "catalog.istioinaction.io", port, "/items/0")))[1], "200");
            assert.equal((await twice.same(443, (port) => curl("https", "webapp.istioinaction.io", port, "/other")))[1], "404");
            for (const host of ["webapp.istioinaction.io", "catalog.istioinaction.io"])
                assert.equal(await twice.same(443, (port) => certificateNames(port, host)), `DNS:${host}`);
        });

        it("to a name that nobody serves: no handshake", async () => {
            assert.equal(await twice.same(443, (port) => certificateNames(port, "other.istioinaction.io")), "ECONNRESET");
        });

        it("over HTTP: the redirect, and 404 for other hosts", async () => {
            assert.deepEqual((await twice.same(80, (port) => curl("http", "webapp.istioinaction.io", port, "/a?b"))).slice(0, 3), [
                0,
                "301",
                "https://webapp.istioinaction.io/a?b",
            ]);
            assert.equal((await twice.same(80, (port) => curl("http", "other.istioinaction.io", port, "/")))[1], "404");
        });
    });

    describe("tcp", () => {
        const twice = new Twice();
        before(() => twice.start("tcp"));
        after(() => twice.stop());

        it("echoes after the backend's greeting", async () => {
            assert.match(await twice.same(31400, (port) => echo(port, "hello\n")), /tcp-echo-service[^]*hello\n$/);
        });

        it("shows the certificate of the backend that the server name picks, and none for another name", async () => {
            for (const host of ["simple-sni-1.istioinaction.io", "simple-sni-2.istioinaction.io"])
                assert.equal(await twice.same(31401, (port) => certificateNames(port, host)), `DNS:${host}`);
            assert.equal(await twice.same(31401, (port) => certificateNames(port, "other.istioinaction.io")), "ECONNRESET");
        });
    });
});
