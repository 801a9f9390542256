/** Bodies that are too long, on real sockets: what the client is told, what the backend sees, and what is left of both connections. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import type net from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import { RawClient } from "./client";
import { backend, startProxy, type Backend, type TestProxy } from "./harness";
import { cluster, delta, endpoints, forwardTo, prefix, route, virtualHost } from "../snapshot/entries";

const LIMIT = 1000;
const ECHO = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n";

describe("a body that is too long", () => {
    let upstream: Backend;
    let proxy: TestProxy;
    /** What the backend got, connection by connection. */
    const got: string[] = [];
    const closed: Promise<unknown>[] = [];
    const clients: RawClient[] = [];

    before(async () => {
        upstream = await backend((socket, count) => {
            const at = count - 1;
            got[at] = "";
            closed[at] = Promise.race([once(socket, "end"), once(socket, "close")]);
            socket.on("data", (chunk: Buffer) => {
                got[at] += chunk.toString("latin1");
                answerTo(socket, got[at]!);
            });
        });
        proxy = await startProxy(
            delta(1, {
                virtualHosts: [
                    virtualHost("web.test", [
                        route(forwardTo("web"), { match: prefix("/free") }),
                        route(forwardTo("web"), { maxRequestBodyBytes: LIMIT }),
                    ]),
                ],
                clusters: [cluster("web")],
                endpoints: [endpoints("web", upstream.port)],
            }),
        );
    });
    afterEach(() => {
        for (const client of clients.splice(0)) client.socket.destroy();
        proxy.records.length = 0;
    });
    after(async () => {
        await proxy.close();
        await upstream.close();
    });

    /** Of the last request alone. */
    function answerTo(socket: net.Socket, all: string): void {
        const text = all.slice(Math.max(all.lastIndexOf("POST /"), all.lastIndexOf("GET /")));
        const length = /content-length: (\d+)/.exec(text)?.[1];
        const body = text.slice(text.indexOf("\r\n\r\n") + 4);
        if (text.includes("upgrade: websocket")) socket.write(ECHO);
        else if (text.startsWith("POST /early")) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf ");
        else if (length === undefined ? body.endsWith("0\r\n\r\n") : body.length === Number(length))
            socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    }
    function client(): RawClient {
        const made = new RawClient(proxy.port);
        clients.push(made);
        return made;
    }
    const post = (path: string, ...lines: string[]): string => [`POST ${path} HTTP/1.1`, "host: web.test", ...lines, "", ""].join("\r\n");

    it("is answered 413 before a byte goes to a backend where its length is said", async () => {
        const accepted = upstream.accepted();
        const one = client().send(post("/", `content-length: ${LIMIT + 1}`) + "x".repeat(LIMIT + 1));
        const { status, body } = await one.response();
        assert.deepEqual([status, body], [413, "Payload Too Large"]);
        const [record] = await proxy.recorded(1);
        assert.deepEqual([record!.details, record!.flags], ["request_payload_too_large", ""]);
        assert.equal(upstream.accepted(), accepted);
        // What is left of it is small: the connection goes on.
        one.send(post("/", `content-length: ${LIMIT}`) + "x".repeat(LIMIT));
        assert.equal((await one.response()).status, 200);
    });

    it("is not asked for: nobody who waits for 100 is told to send it, and the backend hears of nothing", async () => {
        const accepted = upstream.accepted();
        const one = client().send(post("/", "content-length: 5000000", "expect: 100-continue"));
        const { status, text } = await one.response();
        assert.equal(status, 413);
        assert.match(text, /^HTTP\/1\.1 413 [^]*\r\nconnection: close\r\n/);
        assert.equal(upstream.accepted(), accepted);
        await one.end();
    });

    it("closes the connection where too much of it is still to come", async () => {
        const one = client().send(post("/", "content-length: 5000000"));
        const { status, text } = await one.response();
        assert.equal(status, 413);
        assert.match(text, /\r\nconnection: close\r\n/);
        await one.end();
    });

    it("may be as long as the limit, whether its length is said or not", async () => {
        const one = client();
        assert.equal((await one.send(post("/", `content-length: ${LIMIT}`) + "x".repeat(LIMIT)).response()).status, 200);
        one.send(`${post("/", "transfer-encoding: chunked")}3e8\r\n${"x".repeat(LIMIT)}\r\n0\r\n\r\n`);
        assert.equal((await one.response()).status, 200);
        assert.equal((await one.send(post("/free", "content-length: 5000") + "x".repeat(5000)).response()).status, 200);
    });

    it("is cut at the limit where its length is not said: 413, and the backend's connection is gone", async () => {
        const one = client().send(post("/", "transfer-encoding: chunked", "x-first: 1"));
        one.send(`1f4\r\n${"y".repeat(500)}\r\n`);
        const seen = (): string => got.find((text) => text.includes("x-first"))?.split("x-first")[1] ?? "";
        while (!seen().includes("y".repeat(500))) await new Promise((resolve) => setImmediate(resolve));
        one.send(`1f5\r\n${"z".repeat(501)}\r\n`);
        assert.equal((await one.response()).status, 413);
        await closed[got.findIndex((text) => text.includes("x-first"))];
        assert.doesNotMatch(seen(), /z|0\r\n\r\n$/, "nothing beyond the limit was sent on, and the backend does not take it for whole");
        assert.equal((await proxy.recorded(1))[0]!.details, "request_payload_too_large");
    });

    it("cuts a response that has begun, and is told so in the log", async () => {
        const one = client().send(post("/early", "transfer-encoding: chunked"));
        await one.until(/half /);
        one.send(`3e9\r\n${"x".repeat(LIMIT + 1)}\r\n`);
        await one.end();
        assert.equal((await proxy.recorded(1))[0]!.details, "request_payload_too_large");
    });

    it("is none behind an upgrade: a WebSocket carries what it likes", async () => {
        const one = client().send(
            [
                "GET / HTTP/1.1",
                "host: web.test",
                "connection: upgrade",
                "upgrade: websocket",
                "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
                "sec-websocket-version: 13",
                "",
                "",
            ].join("\r\n"),
        );
        await one.until(/^HTTP\/1\.1 101 [^]*\r\n\r\n/);
        one.send("w".repeat(5 * LIMIT));
        while (!got.at(-1)!.endsWith("w".repeat(5 * LIMIT))) await new Promise((resolve) => setImmediate(resolve));
    });

    it("is so by what the gateway says, where the host says nothing", async () => {
        const gateway = await startProxy(
            delta(1, {
                virtualHosts: [
                    virtualHost("web.test", [
                        route(forwardTo("web"), { match: prefix("/own"), maxRequestBodyBytes: 50 }),
                        route(forwardTo("web")),
                    ]),
                ],
                clusters: [cluster("web")],
                endpoints: [endpoints("web", upstream.port)],
            }),
            { connection: { edge: { maxRequestBodyBytes: 10 } } },
        );
        const status = async (path: string, bytes: number): Promise<number> => {
            const one = new RawClient(gateway.port);
            clients.push(one);
            return (await one.send(post(path, `content-length: ${bytes}`) + "x".repeat(bytes)).response()).status;
        };
        assert.deepEqual(
            [await status("/", 11), await status("/", 10), await status("/own", 50), await status("/own", 51)],
            [413, 200, 200, 413],
        );
        await gateway.close();
    });

    it("over HTTP/2 is refused by its length, and else cut at the limit; of gRPC in gRPC's words", async () => {
        const session = http2.connect(`http://127.0.0.1:${proxy.port}`);
        const ask = async (headers: http2.OutgoingHttpHeaders, bytes: number): Promise<http2.IncomingHttpHeaders> => {
            const stream = session.request({ ":method": "POST", ":path": "/", ":authority": "web.test", ...headers });
            stream.on("error", () => undefined);
            stream.end(Buffer.alloc(bytes, "x"));
            const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
            stream.resume();
            return head;
        };
        assert.equal((await ask({ "content-length": LIMIT + 1 }, LIMIT + 1))[":status"], 413);
        assert.equal((await ask({}, LIMIT * 3))[":status"], 413);
        const call = await ask({ "content-type": "application/grpc", te: "trailers" }, LIMIT * 3);
        assert.deepEqual([call[":status"], call["grpc-message"]], [200, "Payload Too Large"]);
        assert.equal((await ask({}, LIMIT))[":status"], 200, "the connection goes on");
        session.destroy();
    });
});
