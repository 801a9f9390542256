/** Bodies that are too long, as Envoy's buffer filter and nginx answer them, beside ours. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { findEnvoy } from "../../../harness/envoy";
import { closedPort } from "../../../harness/ports";
import { findTool } from "../../../harness/tools";
import { backend, startProxy, type Backend, type TestProxy } from "../../proxy/exchange/harness";
import { cluster, delta, endpoints, forwardTo, route, virtualHost } from "../../proxy/snapshot/entries";
import { eventually } from "../../support/eventually";

const LIMIT = 1000;
const HOST = "host: web.test\r\n";
const CASES: Readonly<Record<string, string>> = {
    "as long as the limit": `POST / HTTP/1.1\r\n${HOST}content-length: ${LIMIT}\r\n\r\n${"x".repeat(LIMIT)}`,
    "longer, and says so": `POST / HTTP/1.1\r\n${HOST}content-length: ${LIMIT + 1}\r\n\r\n${"x".repeat(LIMIT + 1)}`,
    "longer, says so, and waits to be asked": `POST / HTTP/1.1\r\n${HOST}content-length: 5000000\r\nexpect: 100-continue\r\n\r\n`,
    "longer, in chunks": `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n1f4\r\n${"x".repeat(500)}\r\n1f5\r\n${"x".repeat(501)}\r\n0\r\n\r\n`,
    "as long as the limit, in chunks": `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n3e8\r\n${"x".repeat(LIMIT)}\r\n0\r\n\r\n`,
};

/** The statuses that come back, interim ones too. */
async function statuses(port: number, bytes: string): Promise<string> {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.write(bytes);
    // Who is told to go on is told nothing more until it does.
    await eventually(() => assert.match(text, /HTTP\/1\.1 (?:[2-5]\d\d|100) [^]*\r\n\r\n/), 5000);
    socket.destroy();
    return [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status).join(" ");
}

describe("a body that is too long, beside Envoy and nginx", function () {
    this.timeout(60_000);
    const dir = mkdtempSync(path.join(tmpdir(), "gatehouse-body-"));
    const children: ChildProcess[] = [];
    let upstream: Backend;
    let proxy: TestProxy;

    before(async () => {
        upstream = await backend((socket) => {
            let text = "";
            socket.on("data", (chunk: Buffer) => {
                text += chunk.toString("latin1");
                if (!/(?:x{1000}|0\r\n\r\n)$/.test(text)) return;
                text = "";
                socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
            });
        });
        proxy = await startProxy(
            delta(1, {
                virtualHosts: [virtualHost("web.test", [route(forwardTo("web"), { maxRequestBodyBytes: LIMIT })])],
                clusters: [cluster("web")],
                endpoints: [endpoints("web", upstream.port)],
            }),
        );
    });
    after(async () => {
        for (const child of children) {
            child.kill("SIGKILL");
            await once(child, "exit");
        }
        await proxy.close();
        await upstream.close();
        rmSync(dir, { recursive: true, force: true });
    });

    async function listening(port: number): Promise<void> {
        await eventually(async () => {
            const socket = net.connect(port, "127.0.0.1");
            await once(socket, "connect").finally(() => socket.destroy());
        }, 20_000);
    }

    async function compare(port: number, but: Readonly<Record<string, string>>): Promise<void> {
        for (const [name, bytes] of Object.entries(CASES)) {
            const [theirs, ours] = [await statuses(port, bytes), await statuses(proxy.port, bytes)];
            assert.equal(theirs, but[name] ?? ours, `${name}: theirs ${theirs}, ours ${ours}`);
        }
    }

    it("is answered as Envoy's buffer filter does", async function () {
        const envoy = findEnvoy();
        if (envoy === undefined) this.skip();
        const port = await closedPort();
        const file = path.join(dir, "envoy.json");
        const typed = (type: string, more: object): object => ({ "@type": `type.googleapis.com/envoy.${type}`, ...more });
        const address = (to: number): object => ({ socket_address: { address: "127.0.0.1", port_value: to } });
        const manager = typed("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
            stat_prefix: "in",
            route_config: {
                virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "web" } }] }],
            },
            http_filters: [
                { name: "buffer", typed_config: typed("extensions.filters.http.buffer.v3.Buffer", { max_request_bytes: LIMIT }) },
                { name: "router", typed_config: typed("extensions.filters.http.router.v3.Router", {}) },
            ],
        });
        const web = {
            name: "web",
            load_assignment: { cluster_name: "web", endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstream.port) } }] }] },
        };
        const listener = { name: "in", address: address(port), filter_chains: [{ filters: [{ name: "hcm", typed_config: manager }] }] };
        writeFileSync(file, JSON.stringify({ static_resources: { listeners: [listener], clusters: [web] } }));
        children.push(spawn(envoy, ["-c", file, "--concurrency", "1", "--log-level", "off", "--use-dynamic-base-id"], { stdio: "ignore" }));
        await listening(port);
        // It asks for the body before it knows that it does not want it.
        await compare(port, { "longer, says so, and waits to be asked": "100" });
    });

    it("is answered as nginx does", async function () {
        const nginx = findTool("nginx") ?? findTool("/usr/sbin/nginx");
        if (nginx === undefined) this.skip();
        const port = await closedPort();
        const file = path.join(dir, "nginx.conf");
        writeFileSync(
            file,
            `daemon off; master_process off; error_log ${dir}/error.log; pid ${dir}/pid; events {}
            http { access_log off; client_body_temp_path ${dir}; proxy_temp_path ${dir}; fastcgi_temp_path ${dir}; uwsgi_temp_path ${dir}; scgi_temp_path ${dir};
              server { listen 127.0.0.1:${port}; client_max_body_size ${LIMIT}; location / { proxy_pass http://127.0.0.1:${upstream.port}; proxy_http_version 1.1; } } }`,
        );
        children.push(spawn(nginx, ["-c", file], { stdio: "ignore" }));
        await listening(port);
        await compare(port, {});
    });
});
