/** Bodies that go out smaller, over real sockets: whole, streamed, broken off, read slowly, left alone by clients that go. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http, { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import http2 from "node:http2";
import net, { type AddressInfo } from "node:net";
import { after, afterEach, before, describe, it } from "mocha";
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from "node:zlib";
import { compressionOf } from "../../../istio/semantics";
import { compressed } from "../../../proxy/exchange/compressors";
import { eventually } from "../../support/eventually";
import { cluster, delta, endpoints, forwardTo, ORIGIN, route, virtualHost } from "../snapshot/entries";
import { RawClient } from "./client";
import { startProxy, type TestProxy } from "./harness";

const KEY = "VirtualService default/web";
const TEXT = Array.from({ length: 5000 }, (_none, at) => `line ${at} of some text that says little\n`).join("");
const OPEN = { gzip: gunzipSync, br: brotliDecompressSync, zstd: zstdDecompressSync } as const;

describe("compression on the wire", () => {
    let proxy: TestProxy;
    let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end();
    const backend = createServer((request, response) => answer(request, response));

    before(async () => {
        backend.listen(0, "127.0.0.1");
        await once(backend, "listening");
        const read = compressionOf({ contentTypes: ["text/plain", "text/event-stream"] });
        if ("fault" in read) throw new Error(read.fault);
        proxy = await startProxy(
            delta(1, {
                clusters: [cluster("c")],
                endpoints: [endpoints("c", (backend.address() as AddressInfo).port)],
                virtualHosts: [
                    virtualHost("own.test", [route({ kind: "direct", status: 200, body: Buffer.from(TEXT).toString("base64") })], {
                        edge: [KEY],
                    }),
                    virtualHost("*", [route(forwardTo("c"))], { edge: [KEY] }),
                ],
                edges: [{ key: KEY, compression: { value: read.value, origin: ORIGIN }, origin: ORIGIN }],
            }),
        );
    });
    afterEach(() => (proxy.records.length = 0));
    after(async () => {
        await proxy.close();
        backend.close();
        backend.closeAllConnections();
    });

    const ask = async (headers: http.OutgoingHttpHeaders, method = "GET"): Promise<IncomingMessage> => {
        const request = http.request({
            port: proxy.port,
            host: "127.0.0.1",
            path: "/",
            method,
            headers: { host: "web.test", ...headers },
            agent: false,
        });
        request.end();
        const [response] = (await once(request, "response")) as [IncomingMessage];
        return response;
    };
    it("is of the gateway's own answers too, over a connection that goes on", async () => {
        const client = new RawClient(proxy.port);
        for (let times = 0; times < 2; times++) {
            client.get("/", "own.test", "accept-encoding: gzip");
            const head = await client.until(/\r\n0\r\n\r\n/);
            assert.match(head, /content-encoding: gzip/);
        }
        await client.close();
        const response = await ask({ host: "own.test", "accept-encoding": "br" });
        assert.equal(response.headers["content-length"], undefined);
        assert.equal(brotliDecompressSync(await bytesOf(response)).toString(), TEXT);
        assert.equal((await bytesOf(await ask({ host: "own.test" }))).toString(), TEXT);
        const head = await ask({ host: "own.test", "accept-encoding": "br" }, "HEAD");
        assert.deepEqual([head.headers["content-encoding"], head.headers["content-length"]], ["br", undefined]);
        await eventually(() => assert.equal(proxy.records.length, 5));
        const sent = proxy.records.map(({ bytesSent }) => bytesSent);
        assert.ok(sent[0]! > 0 && sent[0]! < TEXT.length / 2, "the log has what went out");
        assert.deepEqual([sent[3], sent[4]], [TEXT.length, 0]);
    });

    const bytesOf = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        return Buffer.concat(chunks);
    };

    it("is whole in every coding, of a body with a length and of one without, on HTTP/1.1 and HTTP/2", async () => {
        for (const chunked of [false, true]) {
            answer = (_request, response) => {
                response.writeHead(200, {
                    "content-type": "text/plain",
                    ...(chunked ? {} : { "content-length": Buffer.byteLength(TEXT) }),
                });
                for (let at = 0; at < TEXT.length; at += 7919) response.write(TEXT.slice(at, at + 7919));
                response.end();
            };
            const session = http2.connect(`http://127.0.0.1:${proxy.port}`);
            for (const coding of ["gzip", "br", "zstd"] as const) {
                const response = await ask({ "accept-encoding": coding });
                const bytes = await bytesOf(response);
                assert.deepEqual([response.headers["content-encoding"], response.headers["content-length"]], [coding, undefined]);
                assert.equal(OPEN[coding](bytes).toString(), TEXT);
                assert.ok(bytes.length < TEXT.length / 4);
                const [record] = await proxy.recorded(1);
                assert.equal(record!.bytesSent, bytes.length);
                proxy.records.length = 0;
                const stream = session.request({ ":path": "/", ":authority": "web.test", "accept-encoding": coding });
                const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders];
                assert.equal(head["content-encoding"], coding);
                assert.equal(OPEN[coding](await bytesOf(stream)).toString(), TEXT);
                await proxy.recorded(1);
                proxy.records.length = 0;
            }
            session.close();
            await once(session, "close");
        }
    });

    it("sends an event when it is there, not when the next one is", async () => {
        let send: ((text: string) => void) | undefined;
        answer = (_request, response) => {
            response.writeHead(200, { "content-type": "text/event-stream" });
            response.flushHeaders();
            send = (text) => (text === "" ? response.end() : response.write(text));
        };
        const response = await ask({ "accept-encoding": "gzip" });
        assert.equal(response.headers["content-encoding"], "gzip");
        const events = response.pipe(createGunzip());
        for (const text of ["data: one\n\n", "data: two\n\n"]) {
            send!(text);
            const [chunk] = (await once(events, "data")) as [Buffer];
            assert.equal(chunk.toString(), text);
        }
        send!("");
        await once(events, "end");
    });

    it("of a backend that breaks off is broken off, and no client takes it for the whole", async () => {
        for (const length of [{ "content-length": TEXT.length }, {}]) {
            answer = (_request, response) => {
                response.writeHead(200, { "content-type": "text/plain", ...length });
                response.write(TEXT.slice(0, 5000), () => setImmediate(() => response.socket?.destroy()));
            };
            const response = await ask({ "accept-encoding": "gzip" });
            await assert.rejects(bytesOf(response), /aborted|ECONNRESET/);
            const [record] = await proxy.recorded(1);
            // As the break comes with a FIN or with a reset.
            assert.match(record!.flags, /^(?:UC|UPE)$/);
            proxy.records.length = 0;
        }
    });

    it("of a client that goes gives back what it took, also behind the last of the backend's body", async () => {
        answer = (_request, response) => {
            response.writeHead(200, { "content-type": "text/plain" });
            response.write(TEXT);
        };
        for (let turn = 0; turn < 80; turn++) {
            const response = await ask({ "accept-encoding": "gzip" });
            assert.equal(response.headers["content-encoding"], "gzip", `turn ${turn}: more than are open at once`);
            response.destroy();
            await proxy.recorded(turn + 1);
        }
        assert.ok(proxy.records.every(({ flags }) => flags === "DC"));
    });

    it("makes who reads slowly slow the backend down", async () => {
        let written = 0;
        const most = 1 << 27;
        answer = (_request, response) => {
            response.writeHead(200, { "content-type": "text/plain" });
            const more = (): void => {
                while (written < most) {
                    written += 65_536;
                    // Not to be guessed from what came before.
                    if (!response.write(randomBytes(65_536))) return void response.once("drain", more);
                }
                response.end();
            };
            more();
            response.on("close", () => (written = most));
        };
        const socket = net.connect(proxy.port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.write("GET / HTTP/1.1\r\nhost: web.test\r\naccept-encoding: gzip\r\n\r\n");
        await once(socket, "readable");
        let before = -1;
        let still = 0;
        await eventually(() => {
            still = written === before ? still + 1 : 0;
            before = written;
            assert.ok(still > 30 || written === most);
        });
        assert.ok(written < most / 2, `${written} bytes`);
        socket.destroy();
        await proxy.recorded(1);
    });

    it("is counted, in bytes as they came and as they went", async () => {
        answer = (_request, response) => {
            response.writeHead(200, { "content-type": "text/plain" });
            response.end(TEXT);
        };
        const before = { ...compressed };
        const bytes = await bytesOf(await ask({ "accept-encoding": "br" }));
        assert.equal(compressed.responses - before.responses, 1);
        assert.equal(compressed.bytesIn - before.bytesIn, TEXT.length);
        assert.equal(compressed.bytesOut - before.bytesOut, bytes.length);
    });
});
