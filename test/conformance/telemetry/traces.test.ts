/** The spans of a real proxy, read by OpenTelemetry's own classes: of each protocol one trace, from the client to the backend. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { after, before, describe, it } from "mocha";
import { stringify } from "yaml";
import WebSocket, { WebSocketServer } from "ws";
import { findOpenTelemetry } from "../../../harness/opentelemetry";
import { freePorts } from "../../../harness/ports";
import { meshConfig } from "../../answers/support/access";
import { Collector } from "../../support/collector";
import { eventually } from "../../support/eventually";
import { startProxy, type RunningProxy } from "../../support/gatehouse";
import { EchoClient, EchoServer } from "../../support/grpc-calls";
import { readTraces, type ForeignSpan } from "../../support/otlp-reader";
import { skipWithout } from "../../support/tools";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const ISTIO = "networking.istio.io/v1";

function entry(host: string, protocol: string, port: number, location = "MESH_EXTERNAL"): object {
    return {
        apiVersion: ISTIO,
        kind: "ServiceEntry",
        metadata: { name: host.split(".")[0], namespace: "edge" },
        spec: {
            hosts: [host],
            ports: [{ number: 80, name: protocol.toLowerCase(), protocol, targetPort: port }],
            resolution: "STATIC",
            location,
            endpoints: [{ address: "127.0.0.1" }],
        },
    };
}
const rule = (prefix: string, host: string): object => ({
    match: [{ uri: { prefix } }],
    route: [{ destination: { host, port: { number: 80 } } }],
});

function objects(ports: { readonly web: number; readonly h2: number; readonly grpc: number; readonly otel: number }): readonly object[] {
    return [
        {
            apiVersion: ISTIO,
            kind: "Gateway",
            metadata: { name: "edge", namespace: "edge" },
            spec: { selector: { istio: "edge" }, servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
        },
        {
            apiVersion: ISTIO,
            kind: "VirtualService",
            metadata: { name: "edge", namespace: "edge" },
            spec: {
                hosts: ["*"],
                gateways: ["edge"],
                http: [rule("/h2", "h2.test"), rule("/test.Echo/", "grpc.test"), rule("/", "web.test")],
            },
        },
        entry("web.test", "HTTP", ports.web),
        entry("h2.test", "HTTP2", ports.h2),
        entry("grpc.test", "GRPC", ports.grpc),
        entry("otel.test", "GRPC", ports.otel),
        meshConfig({ extensionProviders: [{ name: "otel", opentelemetry: { service: "otel.test", port: 80 } }] }),
        {
            apiVersion: "telemetry.istio.io/v1",
            kind: "Telemetry",
            metadata: { name: "edge", namespace: "edge" },
            spec: {
                selector: { matchLabels: { istio: "edge" } },
                tracing: [
                    {
                        providers: [{ name: "otel" }],
                        randomSamplingPercentage: 100,
                        customTags: { which: { header: { name: "x-which", defaultValue: "none" } } },
                    },
                ],
            },
        },
    ];
}

describe("the spans of a proxy, to OpenTelemetry's own reader", function () {
    this.timeout(90_000);
    const seen: string[] = [];
    const dir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-traces-"));
    const web = http.createServer((request, response) => {
        seen.push(String(request.headers["traceparent"]));
        response.end("web");
    });
    const h2 = http2.createServer((request, response) => {
        seen.push(String(request.headers["traceparent"]));
        response.writeHead(503).end("h2");
    });
    const calls = new EchoServer();
    const sockets = new WebSocketServer({ noServer: true });
    let python: string;
    let collector: Collector;
    let proxy: RunningProxy | undefined;
    let port: number;
    let openMs = Infinity;

    before(async function () {
        python =
            findOpenTelemetry() ??
            skipWithout(this, "what another reader of OTLP has of spans", "opentelemetry-proto (installed by npm run e2e:tools)");
        web.on("upgrade", (request, socket, head) => {
            seen.push(String(request.headers["traceparent"]));
            sockets.handleUpgrade(request, socket, head, (one) => one.on("message", (data) => one.send(data)));
        });
        await Promise.all([web, h2].map(async (server) => once(server.listen(0, "127.0.0.1"), "listening")));
        await calls.start();
        collector = await Collector.start();
        const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
        const made = objects({ web: portOf(web), h2: portOf(h2), grpc: calls.port, otel: collector.grpcPort });
        writeFileSync(path.join(dir, "objects.yaml"), made.map((one) => stringify(one)).join("---\n"));
        [port = 0] = await freePorts(1);
        const of = ["--config", dir, "--namespace", "edge", "--labels", "istio=edge"];
        proxy = await startProxy([...of, "--bind", "127.0.0.1", "--concurrency", "1", "--port-offset", String(port - 80)]);
    });
    after(async () => {
        await proxy?.stop();
        for (const socket of sockets.clients) socket.terminate();
        calls.stop();
        await collector?.close();
        web.closeAllConnections();
        web.close();
        h2.close();
        rmSync(dir, { recursive: true, force: true });
    });

    const asked: Readonly<Record<string, () => Promise<void>>> = {
        "HTTP/1.1": async () => {
            const headers = { traceparent: `00-${TRACE}-${PARENT}-01`, "x-which": "HTTP/1.1" };
            assert.equal(await (await fetch(`http://127.0.0.1:${port}/a`, { headers })).text(), "web");
        },
        "HTTP/2": async () => {
            const session = http2.connect(`http://127.0.0.1:${port}`);
            const stream = session.request({ ":path": "/h2", "x-which": "HTTP/2" });
            const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
            assert.equal(head[":status"], 503);
            stream.resume();
            await once(stream, "close");
            session.close();
        },
        gRPC: async () => {
            assert.equal((await call("gRPC")).code, grpc.status.OK);
        },
        WebSocket: async () => {
            const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { "x-which": "WebSocket" } });
            await once(socket, "open");
            const opened = performance.now();
            for (const text of ["one", "two"]) {
                socket.send(text);
                const [data] = (await once(socket, "message")) as [Buffer];
                assert.equal(data.toString(), text);
            }
            openMs = performance.now() - opened;
            socket.close();
            await once(socket, "close");
        },
    };

    async function call(which: string): Promise<{ readonly code: grpc.status }> {
        const client = new EchoClient(`127.0.0.1:${port}`);
        const metadata = new grpc.Metadata();
        metadata.set("x-which", which);
        try {
            return await client.unary("hi", { metadata });
        } finally {
            client.close();
        }
    }
    const spansOf = (which: string): readonly ForeignSpan[] =>
        readTraces(
            python,
            collector.received.map(({ body }) => body),
        ).filter(({ attributes }) => attributes["which"] === which);

    /** The two spans of a request, which have the form of ids and of times, and are linked from its client to its backend. */
    async function linked(which: string, ask: () => Promise<void>, backend: () => string | undefined) {
        const begun = BigInt(Date.now()) * 1_000_000n;
        await ask();
        const over = BigInt(Date.now() + 1) * 1_000_000n;
        await eventually(() => assert.equal(spansOf(which).length, 2), 20_000);
        const spans = spansOf(which);
        const server = spans.find(({ kind }) => kind === "SPAN_KIND_SERVER");
        const client = spans.find(({ kind }) => kind === "SPAN_KIND_CLIENT");
        assert.ok(server && client, JSON.stringify(spans));
        assert.match(server.traceId, /^[0-9a-f]{32}$/);
        assert.match(server.spanId + client.spanId, /^[0-9a-f]{32}$/);
        assert.deepEqual([client.traceId, client.parentSpanId, server.service], [server.traceId, server.spanId, "istio-proxy.edge"]);
        assert.equal(backend(), `00-${client.traceId}-${client.spanId}-01`);
        const [from, start, end, to] = [server.startNs, client.startNs, client.endNs, server.endNs].map(BigInt) as [
            bigint,
            bigint,
            bigint,
            bigint,
        ];
        const order = [begun, from, start, end, to];
        assert.ok(
            order.every((time, at) => at === 0 || time >= order[at - 1]!),
            order.join(" "),
        );
        // A request may be over for its client a little before the gateway has put it away.
        assert.ok(to <= over + 2_000_000_000n, `${to} ${over}`);
        return { server, client };
    }

    it("are those of a request by HTTP/1.1, whose client began the trace", async () => {
        const { server, client } = await linked("HTTP/1.1", asked["HTTP/1.1"]!, () => seen.at(-1));
        assert.deepEqual([server.traceId, server.parentSpanId, server.flags & 0x300], [TRACE, PARENT, 0x300]);
        assert.deepEqual([server.name, client.name], ["web.test:80/*", "router outbound|80||web.test egress"]);
        assert.equal(server.attributes["http.protocol"], "HTTP/1.1");
        assert.deepEqual([server.status, client.status], ["STATUS_CODE_UNSET", "STATUS_CODE_UNSET"]);
    });

    it("are those of a request by HTTP/2 that failed", async () => {
        const { server, client } = await linked("HTTP/2", asked["HTTP/2"]!, () => seen.at(-1));
        assert.deepEqual([server.parentSpanId, server.flags & 0x300], ["", 0x100]);
        assert.deepEqual([server.attributes["http.protocol"], server.attributes["http.status_code"]], ["HTTP/2", "503"]);
        assert.deepEqual([server.status, client.status], ["STATUS_CODE_ERROR", "STATUS_CODE_ERROR"]);
    });

    it("are those of a call by gRPC, with its status", async () => {
        const { server } = await linked("gRPC", asked["gRPC"]!, () => String(calls.seen.at(-1)?.metadata.get("traceparent")[0]));
        assert.deepEqual(
            ["grpc.path", "grpc.status_code", "http.status_code"].map((name) => server.attributes[name]),
            ["/test.Echo/Unary", "0", "200"],
        );
    });

    it("are those of a call that fails, in its head alone", async () => {
        const fail = async (): Promise<void> => {
            calls.failures = [grpc.status.RESOURCE_EXHAUSTED];
            assert.equal((await call("a failing call")).code, grpc.status.RESOURCE_EXHAUSTED);
        };
        const { server, client } = await linked("a failing call", fail, () => String(calls.seen.at(-1)?.metadata.get("traceparent")[0]));
        for (const { attributes, status } of [server, client])
            assert.deepEqual([attributes["grpc.status_code"], attributes["http.status_code"], status], ["8", "200", "STATUS_CODE_ERROR"]);
    });

    it("are those of a WebSocket, as long as it was open", async () => {
        const { server } = await linked("WebSocket", asked["WebSocket"]!, () => seen.at(-1));
        assert.equal(server.attributes["http.status_code"], "101");
        assert.ok(Number(BigInt(server.endNs) - BigInt(server.startNs)) / 1e6 >= openMs, `open for ${openMs} ms`);
    });
});
