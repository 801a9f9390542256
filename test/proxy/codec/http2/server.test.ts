/** HTTP/2 downstream, as clients of another make see it: on the port where HTTP/1.1 is served too. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { after, before, describe, it } from "mocha";
import { RawClient } from "../../exchange/client";
import { startProxy, type TestProxy } from "../../exchange/harness";
import { cluster, delta, endpoints, forwardTo, route, virtualHost } from "../../snapshot/entries";
import { Http2Client } from "./support/client";
import { END_STREAM, PREFACE, block, headers, settings } from "./support/raw-frames";
import { RawPeer } from "./support/raw-peer";

const MEGABYTE = Buffer.alloc(1024 * 1024, "x");

function echo(request: http.IncomingMessage, response: http.ServerResponse): void {
    const parts: Buffer[] = [];
    request.on("data", (chunk: Buffer) => parts.push(chunk));
    request.on("end", () => {
        response.setHeader("x-asked", JSON.stringify([request.method, request.url, request.httpVersion, request.rawHeaders]));
        const url = request.url!;
        if (url === "/none") response.writeHead(204).end();
        else if (url === "/same") response.writeHead(304, { "content-length": "7" }).end();
        else if (url === "/big") response.setHeader("content-length", MEGABYTE.length).end(MEGABYTE);
        else if (url === "/trailers") {
            response.writeHead(200, { trailer: "x-sum" });
            response.write("part");
            response.addTrailers({ "x-sum": "9", "x-asked-too": JSON.stringify(request.trailers) });
            response.end();
        } else if (url === "/early") {
            response.writeEarlyHints({ link: "</a.css>; rel=preload" });
            response.end("late");
        } else response.end(Buffer.concat(parts));
    });
}

describe("HTTP/2 downstream", () => {
    let backend: http.Server;
    let proxy: TestProxy;
    let client: Http2Client;

    before(async () => {
        backend = http.createServer(echo).listen(0, "127.0.0.1");
        await once(backend, "listening");
        const { port } = backend.address() as net.AddressInfo;
        const tables = delta(1, {
            virtualHosts: [virtualHost("a.test", [route(forwardTo("c"))])],
            clusters: [cluster("c")],
            endpoints: [endpoints("c", port)],
        });
        proxy = await startProxy(tables);
        client = new Http2Client(proxy.port);
    });
    after(async () => {
        await client.close();
        await proxy.close();
        backend.close();
    });

    it("is known by its preface, on the port where HTTP/1.1 goes on as it was", async () => {
        const raw = new RawClient(proxy.port);
        raw.send("GET /old HTTP/1.1\r\nhost: a.test\r\n\r\n");
        assert.equal((await raw.response()).status, 200);
        raw.socket.destroy();
        assert.equal((await client.ask("/new")).status, 200);
    });

    it("tells the two apart by any pieces of their beginnings", async () => {
        const old = new RawClient(proxy.port);
        for (const piece of ["P", "R", "OPFIND /old HTTP/1.1\r\nho", "st: a.test\r\n\r\n"]) {
            old.send(piece);
            await new Promise((done) => setTimeout(done, 5));
        }
        assert.equal((await old.response()).status, 200);
        old.socket.destroy();
        const socket = net.connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
        const peer = new RawPeer(socket, false);
        const bytes = Buffer.concat([
            PREFACE,
            settings(),
            headers(
                1,
                block([
                    [":method", "GET"],
                    [":scheme", "http"],
                    [":path", "/"],
                    [":authority", "a.test"],
                ]),
            ),
        ]);
        for (let at = 0; at < 40; at++) {
            socket.write(bytes.subarray(at, at + 1));
            await new Promise<void>((done) => setImmediate(done));
        }
        socket.write(bytes.subarray(40));
        assert.ok(await peer.frame(({ id, flags }) => id === 1 && (flags & END_STREAM) !== 0));
        peer.destroy();
    });

    it("gives the backend one HTTP/1.1 request, with the authority as its host", async () => {
        const { headers } = await client.ask("/a?b=c", { headers: { cookie: ["a=1", "b=2"], te: "trailers" } as never });
        const [method, url, version, fields] = JSON.parse(headers["x-asked"] as string) as [string, string, string, string[]];
        assert.deepEqual([method, url, version, fields[0], fields[1]], ["GET", "/a?b=c", "1.1", "host", "a.test"]);
        assert.equal(fields[fields.indexOf("cookie") + 1], "a=1; b=2");
        assert.ok(!fields.some((name) => name.startsWith(":")));
    });

    it("carries bodies of every size in both directions, many at once", async () => {
        const sizes = [1, 100, 16_384, 16_385, 65_535, 65_536, 1024 * 1024];
        const answers = await Promise.all(sizes.map((size) => client.ask("/", { body: MEGABYTE.subarray(0, size) })));
        assert.deepEqual(
            answers.map(({ status, body, code }) => [status, body.length, code]),
            sizes.map((size) => [200, size, 0]),
        );
    });

    it("answers what has no body without one", async () => {
        const [head, none, same] = await Promise.all([client.ask("/big", { method: "HEAD" }), client.ask("/none"), client.ask("/same")]);
        assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, String(MEGABYTE.length), 0]);
        assert.deepEqual([none.status, none.headers["content-length"], none.body.length], [204, undefined, 0]);
        assert.deepEqual([same.status, same.headers["content-length"], same.body.length], [304, "7", 0]);
    });

    it("carries trailers in both directions and interim responses", async () => {
        const answer = await client.ask("/trailers", { body: "x", trailers: { "x-more": "1" } });
        assert.equal(answer.body.toString(), "part");
        assert.deepEqual({ ...answer.trailers }["x-sum"], "9");
        assert.equal({ ...answer.trailers }["x-asked-too"], '{"x-more":"1"}');
        const early = await client.ask("/early");
        assert.deepEqual([early.interim, early.body.toString()], [[103], "late"]);
    });

    it("asks for the body of who waits for a word", async () => {
        const answer = await client.ask("/", { body: "abc", headers: { expect: "100-continue" } });
        assert.deepEqual([answer.status, answer.body.toString()], [200, "abc"]);
    });

    it("is called HTTP/2 in records", () => {
        assert.equal(proxy.records.at(-1)!.protocol, "HTTP/2");
    });
});
