/**
 * h2spec's whole list (generic, hpack, http2) against a listener with TLS and one without. It is a program in Go, whose
 * version stands in h2spec/go.mod; Go builds it from the module proxy, once.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { connect } from "node:net";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { needTools } from "../../support/tools";
import { echoBackend, plainGateway, tlsGateway } from "./gateways";

const run = promisify(execFile);

/** As many as the list has: none may be left out without a word. */
const TESTS = 145;

describe("h2spec", function () {
    this.timeout(300_000);
    const dir = mkdtempSync(path.join(tmpdir(), "gatehouse-h2spec-"));
    const program = path.join(homedir(), ".cache/gatehouse-h2spec/h2spec");
    const closing: (() => Promise<void>)[] = [];
    let backend = 0;

    before(async function () {
        const { go } = needTools(this, "h2spec", "go");
        await run(go, ["build", "-o", program, "github.com/summerwind/h2spec/cmd/h2spec"], { cwd: path.join(__dirname, "h2spec") });
        const echo = await echoBackend();
        closing.push(() => echo.close());
        backend = echo.port;
    });
    after(async () => {
        rmSync(dir, { recursive: true, force: true });
        for (const close of closing.splice(0).reverse()) await close();
    });

    /** What failed, by its title, of a run that was whole. */
    async function failures(port: number, ...options: string[]): Promise<string[]> {
        const report = path.join(dir, `${port}.xml`);
        const { stdout } = await run(program, ["-h", "127.0.0.1", "-p", String(port), "-o", "3", "-j", report, ...options], {
            maxBuffer: 1 << 24,
        }).catch((error: { stdout: string }) => error);
        assert.equal(readFileSync(report, "utf8").split("<testcase").length - 1, TESTS, stdout);
        assert.match(stdout, / 0 skipped/);
        const from = stdout.lastIndexOf("Failures:");
        return from === -1 ? [] : [...stdout.slice(from).matchAll(/× \d+: (.*)/g)].map(([, title]) => title!);
    }

    it("finds nothing to say of HTTP/2 over TLS", async () => {
        const gateway = await tlsGateway(backend);
        closing.push(() => gateway.close());
        assert.deepEqual(await failures(gateway.port, "-t", "-k"), []);
    });

    it("finds nothing to say of HTTP/2 without TLS but that the port knows HTTP/1.1 too", async () => {
        const gateway = await plainGateway(backend);
        closing.push(() => gateway.close());
        // What does not begin as HTTP/2 does is answered as HTTP/1.1, by a 400 that h2spec tries to read as a frame.
        assert.deepEqual(await failures(gateway.port), ["Sends invalid connection preface"]);
        const raw = connect(gateway.port, "127.0.0.1").end("INVALID CONNECTION PREFACE\r\n\r\n");
        assert.match(await text(raw), /^HTTP\/1\.1 400 [^]*connection: close\r\n\r\n$/);
    });
});
