/** What a gateway's limits make of connections: heads, requests, ages, versions, on both protocols of clients. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import http2 from "node:http2";
import { describe, it } from "mocha";
import type { GatewayOptions } from "../../../istio/semantics";
import { serveHttp } from "../../../proxy/codec";
import type { ConnectionInfo, RequestHandler } from "../../../proxy/http/doors";
import { listenerRules } from "../../../proxy/snapshot";

const handler: RequestHandler = (head, _end, writer) => {
    writer.head({ status: 200, headers: ["x-protocol", head.protocol], contentLength: 0 }, true);
    return { onRequestData: () => {}, onRequestEnd: () => {}, onRequestReset: () => {}, onResponseWritable: () => {} };
};

const INFO: ConnectionInfo = {
    remoteAddress: "127.0.0.1",
    remotePort: 1,
    localAddress: "127.0.0.1",
    localPort: 80,
    port: 80,
    scheme: "http",
    serverName: "",
    routeTable: "t",
    chain: "c",
    forwardedClientCert: "",
};

describe("a gateway's limits", () => {
    const servers: net.Server[] = [];
    afterEach(() => {
        for (const server of servers.splice(0)) server.close();
    });

    async function serving(options: GatewayOptions): Promise<number> {
        const serve = serveHttp({ handler });
        const { tolerance } = listenerRules({ options });
        const server = net
            .createServer({ allowHalfOpen: true }, (socket) => void serve(socket, { ...INFO, tolerance }))
            .listen(0, "127.0.0.1");
        servers.push(server);
        await once(server, "listening");
        return (server.address() as net.AddressInfo).port;
    }
    /** Everything that comes back on one connection. */
    async function talk(options: GatewayOptions, text: string): Promise<string> {
        const socket = net.connect(await serving(options), "127.0.0.1");
        let got = "";
        socket.on("data", (chunk: Buffer) => (got += chunk.toString("latin1"))).on("error", () => {});
        socket.write(text, "latin1");
        await once(socket, "end");
        socket.destroy();
        return got;
    }
    const get = (more = "", version = "1.1"): string => `GET / HTTP/${version}\r\nhost: a\r\n${more}\r\n`;
    const last = get("connection: close\r\n");
    const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!);

    it("take a head that is larger than by default, or refuse one that is not", async () => {
        const long = `x-long: ${"x".repeat(70_000)}\r\n`;
        assert.deepEqual(statuses(await talk({}, get(long))), ["431"]);
        assert.deepEqual(statuses(await talk({ limits: { headBytes: 100_000 } }, get(long) + last)), ["200", "200"]);
        assert.deepEqual(statuses(await talk({ limits: { headBytes: 4096 } }, get(`x: ${"x".repeat(5000)}\r\n`))), ["431"]);
    });

    it("take more header lines than by default, or fewer", async () => {
        const lines = (count: number): string => Array.from({ length: count }, (_, at) => `x-${at}: 1\r\n`).join("");
        assert.deepEqual(statuses(await talk({}, get(lines(120)))), ["431"]);
        assert.deepEqual(statuses(await talk({ limits: { headers: 200 } }, get(lines(120)) + last)), ["200", "200"]);
        assert.deepEqual(statuses(await talk({ limits: { headers: 20 } }, get(lines(30)))), ["431"]);
    });

    it("end a connection with its last request", async () => {
        const text = await talk({ limits: { requestsPerConnection: 2 } }, get() + get() + get());
        assert.deepEqual([statuses(text), text.match(/connection: close/g)?.length], [["200", "200"], 1]);
    });

    it("accept HTTP/1.0 where they are told to, and say why they do not where they are not", async () => {
        const refused = await talk({}, get("", "1.0"));
        assert.match(refused, /^HTTP\/1\.1 426 .*HTTP\/1\.0 is not accepted: use HTTP\/1\.1/s);
        assert.match(await talk({ acceptHttp10: true }, get("", "1.0")), /^HTTP\/1\.[01] 200 .*x-protocol: HTTP\/1\.0/s);
    });

    it("close a connection that has nothing to say for so long", async () => {
        const started = performance.now();
        assert.deepEqual(statuses(await talk({ idleTimeout: 1000 }, get())), ["200"]);
        assert.ok(performance.now() - started < 10_000);
    });

    it("close a connection whose client does not begin within the time for a head, whatever it may speak", async () => {
        const started = performance.now();
        const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        const got = await Promise.all(["", "PRI * HT", preface].map((text) => talk({ limits: { headTimeout: 1000 } }, text)));
        // Of HTTP/2 what the server says first, and nothing else.
        assert.deepEqual(got.slice(0, 2), ["", ""]);
        assert.match(got[2] ?? "", /^\0\0/);
        assert.ok(performance.now() - started < 10_000);
    });

    it("are told to clients of HTTP/2, and hold for them", async () => {
        const limits = { concurrentStreams: 7, streamWindow: 70_000, headBytes: 100_000, headers: 200, requestsPerConnection: 2 };
        const session = http2.connect(`http://127.0.0.1:${await serving({ limits })}`);
        session.on("error", () => {});
        await once(session, "remoteSettings");
        const { maxConcurrentStreams, initialWindowSize, maxHeaderListSize } = session.remoteSettings;
        assert.deepEqual([maxConcurrentStreams, initialWindowSize, maxHeaderListSize], [7, 70_000, 100_000]);
        const many = Object.fromEntries(Array.from({ length: 120 }, (_, at) => [`x-${at}`, "1"]));
        const asked = async (headers: http2.OutgoingHttpHeaders): Promise<number | undefined> => {
            const [head] = (await once(session.request({ ":path": "/", ...headers }).resume(), "response")) as [http2.IncomingHttpHeaders];
            return head[":status"] as number | undefined;
        };
        assert.equal(await asked({ ...many, long: "x".repeat(60_000) }), 200);
        const gone = once(session, "goaway");
        assert.equal(await asked({}), 200);
        await gone;
        session.destroy();
    });
});
