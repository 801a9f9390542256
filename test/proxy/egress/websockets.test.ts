/** WebSockets to the outside end as tunnels do when their host is let through no longer; those of others go on. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import http2 from "node:http2";
import type net from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import { setAskOriginal } from "../../../proxy/listeners";
import { eventually } from "../../support/eventually";
import { document, entry, GATEWAY, isWhole, Outside, read, Rig } from "./rig";

const INNER = { "gatehouse.dev/inner-addresses": "127.0.0.0/8" };
const MESH = { mode: "mesh", namespace: "shop", labels: { app: "web" }, httpProxy: { address: "127.0.0.1", port: 15_080 } } as const;
const PROXY_PORT = 15_080;
const WITHIN_MS = 40;

const sidecar = (mode: string): string =>
    document({
        apiVersion: "networking.istio.io/v1",
        kind: "Sidecar",
        metadata: { name: "default", namespace: "shop" },
        spec: { outboundTrafficPolicy: { mode } },
    });

/** Takes every handshake, and echoes what comes then. */
function serveWebSocket(socket: net.Socket): void {
    let head = "";
    socket
        .on("end", () => socket.end())
        .on("data", (chunk: Buffer) => {
            if (head.endsWith("\r\n\r\n")) return void socket.write(chunk);
            head += chunk.toString("latin1");
            if (!head.endsWith("\r\n\r\n")) return;
            const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? "";
            const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
            socket.write(
                `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
            );
        });
}

describe("a WebSocket to the outside", () => {
    let outside: Outside;
    let rig: Rig;

    before(async () => {
        outside = await Outside.open(serveWebSocket);
    });
    after(() => outside.close());
    afterEach(() => {
        setAskOriginal(undefined);
        rig.close();
    });

    const handshake = (target: string, host: string): string =>
        `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    async function open(port: number, target: string, host: string): Promise<net.Socket> {
        const socket = rig.connect(port);
        socket.write(handshake(target, host));
        assert.match(await read(socket, isWhole), /^HTTP\/1\.1 101/);
        return socket;
    }

    async function echoes(socket: net.Socket): Promise<void> {
        socket.write("ping");
        assert.equal(await read(socket, (text) => text.length >= 4), "ping");
    }

    async function gone(flow: NodeJS.ReadableStream): Promise<void> {
        await new Promise(
            (resolve) =>
                void flow
                    .on("error", () => {})
                    .once("close", resolve)
                    .resume(),
        );
    }

    const named = (port: number): string =>
        document({
            apiVersion: "networking.istio.io/v1",
            kind: "ServiceEntry",
            metadata: { name: "named", namespace: "shop" },
            spec: {
                hosts: ["ws.example.com"],
                resolution: "STATIC",
                ports: [{ name: "http", protocol: "HTTP", number: port }],
                endpoints: [{ address: "127.0.0.1", ports: { http: outside.port } }],
            },
        });

    it("ends within the time of a drain when REGISTRY_ONLY comes for ALLOW_ANY, asked of the application's HTTP proxy", async () => {
        rig = await new Rig(sidecar("ALLOW_ANY") + named(80), {}, MESH).start();
        const unknown = await open(PROXY_PORT, `http://127.0.0.1:${outside.port}/chat`, `127.0.0.1:${outside.port}`);
        const known = await open(PROXY_PORT, "http://ws.example.com/chat", "ws.example.com");
        await echoes(unknown);
        const since = performance.now();
        rig.change(sidecar("REGISTRY_ONLY") + named(80), WITHIN_MS);
        await echoes(unknown);
        await gone(unknown);
        assert.ok(performance.now() - since >= WITHIN_MS - 2);
        await eventually(() => assert.equal(rig.requests[0]?.details, "egress_refused{host_not_allowed}"));
        await echoes(known);
        assert.deepEqual([rig.requests.length, rig.runtime.upgraded.size], [1, 1]);
        known.destroy();
        await eventually(() => assert.equal(rig.runtime.upgraded.size, 0));
    });

    it("does so where it was captured", async () => {
        setAskOriginal(() => ({ address: "127.0.0.1", port: outside.port }));
        rig = await new Rig(
            sidecar("ALLOW_ANY") + named(outside.port),
            {},
            { ...MESH, transparent: { address: "127.0.0.1", port: 15_001 } },
        ).start();
        const unknown = await open(15_001, "/chat", "anybody.example.com");
        const known = await open(15_001, "/chat", `ws.example.com:${outside.port}`);
        rig.change(sidecar("REGISTRY_ONLY") + named(outside.port), WITHIN_MS);
        await echoes(unknown);
        await gone(unknown);
        await echoes(known);
    });

    it("goes on where a ServiceEntry names by then what it was let through to", async () => {
        rig = await new Rig(sidecar("ALLOW_ANY"), {}, MESH).start();
        const host = `127.0.0.1:${outside.port}`;
        const socket = await open(PROXY_PORT, `http://${host}/chat`, host);
        const byAddress = named(outside.port).replace('"hosts":["ws.example.com"]', '"hosts":["ws.example.com"],"addresses":["127.0.0.1"]');
        rig.change(sidecar("REGISTRY_ONLY") + byAddress, 10);
        await new Promise((resolve) => setTimeout(resolve, 60));
        await echoes(socket);
    });

    const allowed = (host: string, annotations = {}): string =>
        entry({
            hosts: [host],
            ports: [`http/HTTP/80:${outside.port}`],
            resolution: "STATIC",
            endpoints: [{ address: "127.0.0.1" }],
            annotations: { ...INNER, ...annotations },
        });

    it("ends when a forward proxy leads to its host no longer, or its workload may not any more, and others go on", async () => {
        rig = await new Rig(GATEWAY + allowed("a.example.com") + allowed("b.example.com") + allowed("c.example.com")).start();
        const [a, b, c] = await Promise.all(
            ["a", "b", "c"].map(async (name) => open(3128, `http://${name}.example.com/chat`, `${name}.example.com`)),
        );
        rig.change(GATEWAY + allowed("b.example.com", { "gatehouse.dev/allow-from": "[]" }) + allowed("c.example.com"), WITHIN_MS);
        await Promise.all([gone(a!), gone(b!)]);
        await echoes(c!);
    });

    it("ends as one stream of a connection of HTTP/2, whose others go on", async () => {
        rig = await new Rig(GATEWAY + allowed("a.example.com") + allowed("c.example.com")).start();
        const session = http2.connect(`http://127.0.0.1:${rig.port(3128)}`);
        await once(session, "remoteSettings");
        const streams = ["a", "c"].map((name) =>
            session.request({
                ":method": "CONNECT",
                ":protocol": "websocket",
                ":scheme": "http",
                ":path": "/chat",
                ":authority": `${name}.example.com`,
                "sec-websocket-version": "13",
            }),
        );
        const heads = await Promise.all(
            streams.map(async (one) => (await once(one, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader]),
        );
        assert.deepEqual(
            heads.map(([head]) => head[":status"]),
            [200, 200],
        );
        rig.change(GATEWAY + allowed("c.example.com"), WITHIN_MS);
        await gone(streams[0]!);
        assert.equal(streams[0]!.rstCode === 0, false);
        streams[1]!.write("ping");
        const [data] = (await once(streams[1]!, "data")) as [Buffer];
        assert.equal(data.toString(), "ping");
        session.destroy();
    });
});
