/** What a limit answers is asked of Envoy's local_ratelimit filter, and told by two workers of the real proxy. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { findEnvoy } from "../../../harness/envoy";
import { freePorts } from "../../../harness/ports";
import { eventually } from "../../support/eventually";
import { startProxy } from "../../support/gatehouse";
import { skipFor } from "../../support/tools";

const EXTENSIONS = "type.googleapis.com/envoy.extensions";
const FORMAT = "LOG %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n";

interface Answer {
    readonly status: number;
    readonly body: string;
    readonly headers: http.IncomingHttpHeaders;
}

async function ask(port: number, agent: http.Agent | undefined, more: http.RequestOptions = {}): Promise<Answer> {
    const request = http.request({ host: "127.0.0.1", port, path: "/", ...(agent ? { agent } : {}), ...more });
    request.end();
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    let body = "";
    for await (const chunk of response) body += String(chunk);
    return { status: response.statusCode ?? 0, body, headers: response.headers };
}

const said = ({ status, body, headers }: Answer): unknown[] => [
    status,
    body,
    headers["content-type"],
    headers["content-length"],
    headers["x-route"],
    headers["grpc-message"],
];
const CALL = { method: "POST", headers: { "content-type": "application/grpc" } };

function envoyConfig(backend: number): object {
    const bucket = { max_tokens: 2, tokens_per_fill: 2, fill_interval: "60s" };
    const always = { default_value: { numerator: 100 } };
    const manager = {
        "@type": `${EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager`,
        stat_prefix: "x",
        access_log: [
            {
                name: "stdout",
                typed_config: {
                    "@type": `${EXTENSIONS}.access_loggers.stream.v3.StdoutAccessLog`,
                    log_format: { text_format_source: { inline_string: FORMAT } },
                },
            },
        ],
        route_config: {
            virtual_hosts: [
                {
                    name: "all",
                    domains: ["*"],
                    routes: [
                        {
                            match: { prefix: "/" },
                            route: { cluster: "web" },
                            response_headers_to_add: [{ header: { key: "x-route", value: "r" } }],
                        },
                    ],
                },
            ],
        },
        http_filters: [
            {
                name: "envoy.filters.http.local_ratelimit",
                typed_config: {
                    "@type": `${EXTENSIONS}.filters.http.local_ratelimit.v3.LocalRateLimit`,
                    stat_prefix: "l",
                    token_bucket: bucket,
                    filter_enabled: always,
                    filter_enforced: always,
                },
            },
            { name: "envoy.filters.http.router", typed_config: { "@type": `${EXTENSIONS}.filters.http.router.v3.Router` } },
        ],
    };
    const chain = { filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: manager }] };
    const endpoint = { endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: backend } } } };
    return {
        admin: { address: { socket_address: { address: "127.0.0.1", port_value: 0 } } },
        static_resources: {
            listeners: [{ address: { socket_address: { address: "127.0.0.1", port_value: 0 } }, filter_chains: [chain] }],
            clusters: [
                { name: "web", type: "STATIC", load_assignment: { cluster_name: "web", endpoints: [{ lb_endpoints: [endpoint] }] } },
            ],
        },
    };
}

const LIMITS = { each: { requests: 2, per: "1m" }, shared: { requests: 40, per: "1h" } };

function objects(port: number, backend: number): string {
    const host = (name: string, annotations: object): string => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: edge, annotations: ${JSON.stringify(annotations)} }
spec:
  hosts: [${name}.test]
  gateways: [gw]
  http: [{ route: [{ destination: { host: web.test, port: { number: 80 } } }], headers: { response: { add: { x-route: r } } } }]
`;
    return `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: edge }
spec:
  selector: { app: gw }
  servers: [{ port: { number: ${port}, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: web, namespace: edge }
spec:
  hosts: [web.test]
  resolution: STATIC
  ports: [{ number: 80, name: http, protocol: HTTP, targetPort: ${backend} }]
  endpoints: [{ address: 127.0.0.1 }]
${host("two", { "gatehouse.dev/rate-limit": JSON.stringify([LIMITS.each]) })}${host("shared", {
    "gatehouse.dev/rate-limit": JSON.stringify([{ ...LIMITS.shared, key: { address: true } }]),
})}${host("wide", { "gatehouse.dev/max-concurrent-requests": "6" })}`;
}

describe("limits", () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-limits-"));
    let held: http.ServerResponse[] = [];
    const backend = http.createServer((request, response) => {
        if (request.url === "/held") held.push(response);
        else response.end("ok");
    });
    let backendPort = 0;
    let port = 0;
    let proxy: Awaited<ReturnType<typeof startProxy>>;

    before(async function () {
        this.timeout(60_000);
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        backendPort = (backend.address() as AddressInfo).port;
        [port = 0] = await freePorts(1);
        writeFileSync(path.join(dir, "edge.yaml"), objects(port, backendPort));
        proxy = await startProxy(["--config", dir, "--namespace", "edge", "--bind", "127.0.0.1", "--concurrency", "2"]);
    });
    after(async () => {
        await proxy.stop();
        backend.closeAllConnections();
        backend.close();
        rmSync(dir, { recursive: true, force: true });
    });

    const to = (name: string, more: http.RequestOptions = {}): http.RequestOptions => ({
        ...more,
        headers: { host: `${name}.test`, ...(more.headers as object) },
    });

    it("answer what Envoy's local_ratelimit answers", async function () {
        this.timeout(60_000);
        const envoy = findEnvoy() ?? skipFor(this, "what Envoy's limits answer", "envoy (on PATH or installed by npm run e2e:tools)");
        const [config, address] = [path.join(dir, "envoy.json"), path.join(dir, "address")];
        writeFileSync(config, JSON.stringify(envoyConfig(backendPort)));
        const options = ["--use-dynamic-base-id", "--concurrency", "1", "--file-flush-interval-msec", "50", "-l", "off"];
        const child = spawn(envoy, ["-c", config, "--admin-address-path", address, ...options], { stdio: ["ignore", "pipe", "ignore"] });
        let log = "";
        child.stdout.on("data", (chunk) => (log += String(chunk)));
        const ended = once(child, "exit");
        try {
            const listeners = async (): Promise<number> => {
                const text = await (await fetch(`http://${readFileSync(address, "utf8")}/listeners?format=json`)).text();
                return Number(/"port_value": (\d+)/.exec(text)?.[1]);
            };
            let theirs = 0;
            await eventually(async () => assert.ok((theirs = await listeners()) > 0), 30_000);
            for (let turn = 0; turn < 2; turn++) {
                assert.equal((await ask(theirs, undefined)).status, 200);
                assert.equal((await ask(port, undefined, to("two"))).status, 200);
            }
            assert.deepEqual(said(await ask(port, undefined, to("two"))), said(await ask(theirs, undefined)));
            const [ourCall, theirCall] = [await ask(port, undefined, to("two", CALL)), await ask(theirs, undefined, CALL)];
            assert.deepEqual(said(ourCall), said(theirCall));
            assert.deepEqual([ourCall.headers["grpc-status"], theirCall.headers["grpc-status"]], ["8", "14"]);
            await eventually(() => assert.match(log, /^LOG 429 RL local_rate_limited$/m));
        } finally {
            child.kill("SIGKILL");
            await ended;
        }
    });

    it("are one client's, wherever its connections are accepted: no request too many, and none too few", async function () {
        this.timeout(30_000);
        const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        const statuses: number[] = [];
        for (let turn = 0; turn < 25; turn++) statuses.push((await ask(port, agent, to("shared"))).status);
        agent.destroy();
        assert.deepEqual(new Set(statuses), new Set([200]), "more than its worker's part, on one connection");
        const others = await Promise.all(Array.from({ length: 40 }, () => ask(port, undefined, to("shared", { agent: false }))));
        assert.equal(others.filter(({ status }) => status === 200).length, 15);
        const refused = others.find(({ status }) => status === 429);
        // A token flows in every 90 s.
        assert.ok(Number(refused?.headers["retry-after"]) > 60 && Number(refused?.headers["retry-after"]) <= 90);
    });

    it("on what is under way hold for both workers together, and end with the requests", async function () {
        this.timeout(30_000);
        const asked = Array.from({ length: 10 }, () => ask(port, undefined, to("wide", { agent: false, path: "/held" })));
        await eventually(() => assert.equal(held.length, 6));
        const refusals = await Promise.race([
            Promise.all(asked.map((one) => Promise.race([one.then(({ status, body }) => `${status} ${body}`), delayed()]))),
        ]);
        assert.deepEqual(
            refusals.filter((one) => one !== ""),
            Array.from({ length: 4 }, () => "503 reached concurrency limit"),
        );
        for (const response of held) response.end();
        held = [];
        await Promise.all(asked);
        await eventually(async () => {
            const again = Promise.all(Array.from({ length: 6 }, () => ask(port, undefined, to("wide", { agent: false }))));
            assert.ok((await again).every(({ status }) => status === 200));
        });
    });

    it("are counted by limit", async () => {
        const text = await (await fetch(`http://${String(proxy.ready["metrics"])}/stats/prometheus`)).text();
        assert.match(text, /^gatehouse_rate_limited_total\{limit="VirtualService edge\/shared limit-0",effect="limited"\} 25$/m);
        assert.match(text, /^gatehouse_concurrency_limited_total\{limit="VirtualService edge\/wide"\} \d+$/m);
    });
});

function delayed(): Promise<string> {
    return new Promise((resolve) => setTimeout(() => resolve(""), 500));
}
