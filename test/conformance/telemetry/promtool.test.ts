/** What Prometheus' own checker says of a scrape, after clients have sent what they should not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe, it } from "mocha";
import { freePorts } from "../../../harness/ports";
import { startProxy } from "../../support/gatehouse";
import { findTool, skipWithout } from "../../support/tools";

/** Istio's name for it, and its unit. */
const LET_PASS = 'istio_request_duration_milliseconds use base unit "seconds" instead of "milliseconds"';

const gateway = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: edge }
spec:
  selector: { istio: edge }
  servers: [{ port: { number: ${port}, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: all, namespace: edge }
spec:
  hosts: ["*"]
  gateways: [edge]
  http: [{ directResponse: { status: 200, body: { string: hello } } }]
---
apiVersion: telemetry.istio.io/v1
kind: Telemetry
metadata: { name: strangers, namespace: edge }
spec:
  metrics:
  - providers: [{ name: prometheus }]
    overrides:
    - tagOverrides:
        stranger: { value: "request.headers['x-stranger']" }
        asked: { value: "request.path + request.host + request.method" }
`;

/** Heads as strangers send them, each on a connection of its own. */
const HEADS: readonly (string | Buffer)[] = [
    "GET / HTTP/1.1\r\nhost: web.test\r\n",
    'GET / HTTP/1.1\r\nhost: web.test\r\nx-stranger: "} 1\\n# EOF\r\n',
    'GET /?"}%0a\\n HTTP/1.1\r\nhost: a"b{c}\r\n',
    "GET / HTTP/1.1\r\nhost: web.test\r\nx-stranger: \\\r\n",
    "GET / HTTP/1.1\r\nhost: web.test\r\nx-stranger: \t\u001b[31m\r\n",
    Buffer.from("GET / HTTP/1.1\r\nhost: web.test\r\nx-stranger: \xff\xfe\xc3\x28 \xed\xa0\x80\r\n", "latin1"),
    Buffer.from("GET / HTTP/1.1\r\nhost: web.test\r\nx-stranger: \u{1f511} ключ\r\n", "utf8"),
    `GET / HTTP/1.1\r\nhost: web.test\r\nx-stranger: ${"\xe9".repeat(50_000)}\r\n`,
    `${"M".repeat(40)} / HTTP/1.1\r\nhost: web.test\r\n`,
    "GET / HTTP/1.1\r\nhost: web.test\r\nx-stranger: a\rb\r\n",
    "GET / HTTP/9.9\r\nhost: \0\r\n",
    "POST / HTTP/1.1\r\nhost: web.test\r\ncontent-type: application/grpc\r\ncontent-length: 0\r\n",
    "GET / HTTP/1.1\r\nhost: web.test\r\nuser-agent: # TYPE istio_requests_total gauge\r\nx-stranger: # HELP\r\n",
    Buffer.from([0x16, 0x03, 0x01, 0xff, 0xff, 0x01, 0x00]),
];

async function send(port: number, head: string | Buffer): Promise<void> {
    const socket = net.connect(port, "127.0.0.1").on("error", () => undefined);
    if (typeof head === "string") head = Buffer.from(head, "latin1");
    socket.end(Buffer.concat([head, Buffer.from("connection: close\r\n\r\n")]));
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
}

describe("a scrape after hostile traffic", () => {
    it("is what promtool takes, and OpenMetrics tells the same", async function () {
        this.timeout(60_000);
        const promtool = findTool("promtool") ?? skipWithout(this, "promtool over a scrape", "promtool (Debian package: prometheus)");
        const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-promtool-"));
        const [port = 0] = await freePorts(1);
        writeFileSync(path.join(folder, "edge.yaml"), gateway(port));
        const proxy = await startProxy(["--config", folder, "--namespace", "edge", "--bind", "127.0.0.1", "--concurrency", "2"]);
        try {
            const metrics = String(proxy.ready["metrics"]);
            for (const head of HEADS) await send(port, head);
            const text = await scraped(metrics, "text/plain");
            assert.match(text, /stranger="\\"\} 1\\\\n# EOF"/, "what strangers sent is told of");
            const { status, stdout, stderr, error } = spawnSync(promtool, ["check", "metrics"], { input: text, encoding: "utf8" });
            assert.equal(error, undefined);
            const remarks = `${stdout}${stderr}`.split("\n").filter((line) => line !== "" && line !== LET_PASS);
            assert.deepEqual(remarks, []);
            // 3: there are remarks, and none of them is a fault of the text.
            assert.ok(status === 0 || status === 3, `promtool ended with ${status}`);
            const open = await scraped(metrics, "application/openmetrics-text; version=1.0.0");
            const requests = (all: string): string[] => all.split("\n").filter((line) => line.startsWith("istio_requests_total{"));
            assert.deepEqual(requests(open), requests(text));
            assert.ok(open.endsWith("\n# EOF\n"));
        } finally {
            await proxy.stop();
            rmSync(folder, { recursive: true, force: true });
        }
    });
});

async function scraped(address: string, accept: string): Promise<string> {
    const response = await fetch(`http://${address}/stats/prometheus`, { headers: { accept } });
    // Bytes that are no UTF-8 are no text for Prometheus.
    return new TextDecoder("utf-8", { fatal: true }).decode(await response.arrayBuffer());
}
