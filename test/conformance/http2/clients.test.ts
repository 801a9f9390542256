/** Clients of HTTP/2 that others wrote, against listeners with TLS and without, before backends of both protocols: curl and nghttp2's. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { needTools } from "../../support/tools";
import { echoBackend, plainGateway, tlsGateway, type Gateway } from "./gateways";

const run = promisify(execFile);

const LARGE = Buffer.alloc(3_000_000, "0123456789abcdef-");

for (const secure of [true, false]) {
    describe(`clients of others, ${secure ? "over TLS" : "without TLS"}`, function () {
        this.timeout(60_000);
        const dir = mkdtempSync(path.join(tmpdir(), "gatehouse-clients-"));
        const upload = path.join(dir, "upload");
        let backend: Gateway;
        let gateway: Gateway;

        before(async () => {
            writeFileSync(upload, LARGE);
            backend = await echoBackend();
            gateway = await (secure ? tlsGateway : plainGateway)(backend.port);
        });
        after(async () => {
            await gateway.close();
            await backend.close();
            rmSync(dir, { recursive: true, force: true });
        });

        const url = (target: string): string => `${secure ? "https" : "http"}://gateway.test:${gateway.port}${target}`;

        async function curl(context: Mocha.Context, target: string, ...options: string[]): Promise<string> {
            const { curl: program } = needTools(context, "curl over HTTP/2", "curl");
            const version = secure ? ["--http2", "--insecure"] : ["--http2-prior-knowledge"];
            const place = ["--resolve", `gateway.test:${gateway.port}:127.0.0.1`];
            const { stdout } = await run(program, [
                "--silent",
                "--show-error",
                "--max-time",
                "20",
                ...version,
                ...place,
                ...options,
                url(target),
            ]);
            return stdout;
        }

        it("curl asks, and is answered over HTTP/2", async function () {
            const answer = await curl(this, "/a?b=c", "--include");
            assert.match(answer, /^HTTP\/2 200 \r\n/);
            assert.match(answer, /^x-target: \/a\?b=c\r$/m);
            assert.doesNotMatch(answer, /^(connection|transfer-encoding|keep-alive):/im);
            assert.ok(answer.endsWith("\r\n\r\n" + "e".repeat(1024)));
        });

        it("curl asks for the head alone", async function () {
            const answer = await curl(this, "/", "--head");
            assert.match(answer, /^HTTP\/2 200 \r\n/);
            assert.match(answer, /^content-length: 1024\r$/m);
        });

        it("curl uploads, with a length and without, and gets it back whole", async function () {
            for (const options of [[], ["--header", "content-length:"], ["--header", "expect: 100-continue"]]) {
                const back = path.join(dir, "back");
                await curl(this, "/", "--request", "POST", "--upload-file", upload, "--output", back, ...options);
                assert.ok(readFileSync(back).equals(LARGE), options.join(" "));
            }
        });

        // Without TLS curl 7.88 cannot use a connection twice, whoever serves it.
        if (secure)
            it("curl asks many times at once on one connection", async function () {
                const options = [
                    "--parallel",
                    "--parallel-max",
                    "30",
                    "--output",
                    "/dev/null",
                    "--write-out",
                    "%{http_version} %{http_code}\n",
                ];
                const out = await curl(this, "/[1-60]", ...options);
                assert.deepEqual(out.trim().split("\n"), new Array(60).fill("2 200"));
            });

        it("nghttp asks with padding, continuations, priorities, a small window and trailers", async function () {
            const { nghttp } = needTools(this, "nghttp", "nghttp");
            const ask = async (...options: string[]): Promise<string> => {
                const at = `${secure ? "https" : "http"}://127.0.0.1:${gateway.port}/n`;
                const { stdout } = await run(
                    nghttp,
                    ["--no-verify-peer", "--header=:authority: gateway.test", "-t", "20s", ...options, at],
                    { maxBuffer: 1 << 26 },
                );
                return stdout;
            };
            assert.equal(await ask(), "e".repeat(1024));
            assert.equal(await ask("--padding=200", "--continuation", "--window-bits=10", "--connection-window-bits=16"), "e".repeat(1024));
            assert.equal(await ask("--header-table-size=0", "--encoder-header-table-size=0", "--no-dep"), "e".repeat(1024));
            assert.match(
                await ask("--trailer=x-last: 1", "--no-content-length", `--data=${upload}`, "--null-out", "--verbose"),
                /x-trailers: \{"x-last":"1"\}/,
            );
            assert.ok((await ask(`--data=${upload}`, "--padding=100", "--window-bits=14")) === LARGE.toString());
        });

        it("h2load sends thousands of requests on few connections, and none fails", async function () {
            const { h2load } = needTools(this, "h2load", "h2load");
            const at = `${secure ? "https" : "http"}://127.0.0.1:${gateway.port}/l`;
            const { stdout } = await run(h2load, ["-n", "4000", "-c", "4", "-m", "50", "--header=:authority: gateway.test", at]);
            assert.match(stdout, /4000 total, 4000 started, 4000 done, 4000 succeeded, 0 failed, 0 errored, 0 timeout/);
        });
    });
}

describe("a server of HTTP/2 that others wrote", function () {
    this.timeout(60_000);

    it("nghttpd, behind an HTTP/2 cluster: files of every size, uploads, and what is not there", async function () {
        const { nghttpd, curl } = needTools(this, "nghttpd", "nghttpd", "curl");
        const dir = mkdtempSync(path.join(tmpdir(), "gatehouse-nghttpd-"));
        writeFileSync(path.join(dir, "large"), LARGE);
        writeFileSync(path.join(dir, "small"), "small");
        writeFileSync(path.join(dir, "empty"), "");
        const port = await freePort();
        const server = spawn(nghttpd, [
            "--no-tls",
            "--address=127.0.0.1",
            `--htdocs=${dir}`,
            "--echo-upload",
            "--trailer=x-last: 1",
            String(port),
        ]);
        try {
            await eventually(async () => {
                const socket = net.connect(port, "127.0.0.1");
                await once(socket, "connect");
                socket.destroy();
            });
            const gateway = await plainGateway(port, "http2");
            try {
                for (const version of ["--http1.1", "--http2-prior-knowledge"]) {
                    const ask = async (...options: string[]): Promise<string> =>
                        (await run(curl, ["--silent", "--max-time", "20", version, ...options], { maxBuffer: 1 << 26 })).stdout;
                    const at = (name: string): string => `http://127.0.0.1:${gateway.port}/${name}`;
                    assert.ok((await ask(at("large"))) === LARGE.toString(), version);
                    assert.equal(await ask(at("small")), "small");
                    assert.equal(await ask("--output", "/dev/null", "--write-out", "%{http_code} %{size_download}", at("empty")), "200 0");
                    // To HEAD it says it with a body, against RFC 9110 §9.3.2, and such an answer is cut.
                    assert.equal(await ask("--output", "/dev/null", "--write-out", "%{http_code}", at("nothing")), "404");
                    assert.match(await ask("--head", at("small")), /^HTTP\/(2|1\.1) 200 [^]*content-length: 5\r$/m);
                    assert.ok((await ask("--data-binary", `@${path.join(dir, "large")}`, at("echo"))) === LARGE.toString(), version);
                }
            } finally {
                await gateway.close();
            }
        } finally {
            server.kill();
            await once(server, "close");
            rmSync(dir, { recursive: true, force: true });
        }
    });
});

async function freePort(): Promise<number> {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}
