/** `gatehouse up grpc`: calls in three forms through the gateway, the page in a browser's place, and what the command says of it all. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { after, before, describe, it } from "mocha";
import { readMessage, textAt, writeMessage } from "../../../samples/grpc/protobuf";
import { root } from "../../support/checkout";
import { playPage } from "../../support/grpc-page";

interface Served {
    readonly protocol: string;
    readonly port: number;
    readonly versions: readonly string[];
    readonly commands: readonly string[];
}
interface Document {
    readonly findings: readonly unknown[];
    readonly ca: string;
    readonly check: readonly { readonly url: string; readonly outcome: string; readonly detail: string }[];
    readonly gateways: readonly { readonly servers: readonly Served[] }[];
}

describe("the stack grpc on this machine", function () {
    this.timeout(300_000);
    let state: string;
    let child: ChildProcess;
    let served: Document;
    before(async () => {
        state = mkdtempSync(path.join(os.tmpdir(), "gatehouse-grpc-"));
        const args = ["up", "grpc", "-o", "json", "--port-offset", "auto", "--state", state];
        child = spawn(process.execPath, [path.join(root, "cli/gatehouse.js"), ...args], {
            cwd: root,
            stdio: ["ignore", "pipe", "inherit"],
        });
        served = await documentOf(child);
    });
    after(async () => {
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await gone;
        rmSync(state, { recursive: true, force: true });
    });
    const server = (protocol: string): Served => {
        const found = served.gateways.flatMap(({ servers }) => servers).find((one) => one.protocol === protocol);
        assert.ok(found, protocol);
        return found;
    };

    it("says what is served in which versions of HTTP, and by which lines to try it", () => {
        assert.deepEqual(served.findings, []);
        for (const protocol of ["HTTPS", "GRPC", "GRPC-WEB"]) assert.deepEqual(server(protocol).versions, ["HTTP/2", "HTTP/1.1"]);
        assert.match(server("HTTPS").commands.join("\n"), /curl --http2 .*\/echo\.v1\.Echo\/Say$/m);
        assert.match(server("GRPC").commands.join("\n"), /curl --http2-prior-knowledge .*\/echo\.v1\.Echo\/Say$/m);
    });

    it("answers clients of gRPC over TLS and in the clear", async () => {
        const options = { "grpc.default_authority": "grpc.istioinaction.io", "grpc.ssl_target_name_override": "grpc.istioinaction.io" };
        const ways: readonly (readonly [string, grpc.ChannelCredentials])[] = [
            ["HTTPS", grpc.credentials.createSsl(readFileSync(served.ca))],
            ["GRPC", grpc.credentials.createInsecure()],
        ];
        for (const [protocol, credentials] of ways) {
            const client = new grpc.Client(`127.0.0.1:${server(protocol).port}`, credentials, options);
            const reply = await new Promise<string | undefined>((resolve, reject) => {
                client.makeUnaryRequest(
                    "/echo.v1.Echo/Say",
                    (text: string) => writeMessage({ 1: text }),
                    (bytes) => textAt(readMessage(bytes), 1),
                    "hello",
                    (error, text) => (error ? reject(error) : resolve(text)),
                );
            });
            client.close();
            assert.equal(reply, "hello");
        }
    });

    it("answers the page on the port of gRPC-Web", async () => {
        const origin = `http://127.0.0.1:${server("GRPC-WEB").port}`;
        const page = await playPage(origin, "grpc-web.localhost");
        assert.match(await page.click("form", "submit"), /^hello {2}\(pod .*\)\nOK\n$/);
        assert.match(await page.click("repeat"), /^1 hello .*\n2 hello .*\n3 hello .*\n4 hello .*\n5 hello .*\nOK\n$/);
        assert.equal(await page.click("fail"), "UNAVAILABLE: the call asked for status 14\n");
    });

    it("passes its own check", async () => {
        const checked = spawn(
            process.execPath,
            [
                path.join(root, "cli/gatehouse.js"),
                "up",
                "grpc",
                "--check",
                "-o",
                "json",
                "--port-offset",
                "auto",
                "--state",
                `${state}-check`,
            ],
            { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
        );
        const { check } = await documentOf(checked);
        rmSync(`${state}-check`, { recursive: true, force: true });
        assert.equal(check.length, 15);
        assert.deepEqual(
            check.filter(({ outcome }) => outcome !== "passed"),
            [],
        );
    });
});

/** The one document that the command writes, as soon as it is whole. */
function documentOf(child: ChildProcess): Promise<Document> {
    return new Promise((resolve, reject) => {
        let text = "";
        child.stdout?.setEncoding("utf8").on("data", (part: string) => {
            text += part;
            if (text.endsWith("}\n")) resolve(JSON.parse(text) as Document);
        });
        child.once("exit", (code) => reject(new Error(`the command ended with ${code}: ${text}`)));
    });
}
